/** The admin port: a handful of pages for probes, Prometheus and people, on a server of its own with small limits. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { complaint } from '../proxy/supervisor/port.ts'

export interface Page {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** Pages by path. What is written in one is shown as it is, so nothing secret may be in it. */
export type Pages = Readonly<Record<string, () => Page | Promise<Page>>>

const MAX_CONNECTIONS = 128
const LIMITS = {
  maxHeaderSize: 8 * 1024,
  ...{ headersTimeout: 5_000, requestTimeout: 5_000, keepAliveTimeout: 5_000 },
  // How often the times are looked at: by default every half minute, for which all connections could be taken.
  connectionsCheckingInterval: 1_000,
}

export class AdminServer {
  readonly #pages: Pages
  readonly #onError: (error: unknown) => void
  readonly #server: Server

  /**
   * @param onError told what went wrong with a page; the client gets a bare 500.
   * @param limits as for Node's server, in milliseconds.
   */
  constructor(pages: Pages, onError: (error: unknown) => void, limits: Partial<typeof LIMITS> = {}) {
    this.#pages = pages
    this.#onError = onError
    const answer = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response)
    this.#server = createServer({ ...LIMITS, ...limits }, answer)
    this.#server.maxConnections = MAX_CONNECTIONS
  }

  /**
   * Resolves with the port, which the system picks where 0 is asked for.
   * @throws Error naming address and port.
   */
  async listen(host: string, port: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const failed = (error: Error) => reject(new Error(complaint(host, port, error)))
    this.#server.once('error', failed)
    this.#server.listen({ host, port, exclusive: true }, resolve)
    await promise
    this.#server.off('error', failed)
    const address = this.#server.address()
    return address !== null && typeof address === 'object' ? address.port : port
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const page = await this.#page(request)
    response.writeHead(page.status, {
      'content-type': page.type,
      'content-length': Buffer.byteLength(page.body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(page.status === 405 ? { allow: 'GET, HEAD' } : {}),
    })
    response.end(request.method === 'HEAD' ? undefined : page.body)
  }

  async #page({ method, url }: IncomingMessage): Promise<Page> {
    const [path = ''] = (url ?? '').split('?')
    const make = Object.hasOwn(this.#pages, path) ? this.#pages[path] : undefined
    if (make === undefined)
      return text(404, `There is no such page. There are:\n${Object.keys(this.#pages).join('\n')}`)
    if (method !== 'GET' && method !== 'HEAD') return text(405, 'Pages here can only be read.')
    try {
      return await make()
    } catch (error) {
      this.#onError(error)
      return text(500, 'This page could not be made; the log says why.')
    }
  }
}

export function text(status: number, body: string): Page {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}\n` }
}

export function json(value: unknown): Page {
  return { status: 200, type: 'application/json', body: `${JSON.stringify(value, undefined, 2)}\n` }
}
