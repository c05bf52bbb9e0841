/** Small backends for the examples: each answers every request with what it got, and with its own name. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { complaint } from '../proxy/supervisor/port.ts'
import type { SampleBackendSpec } from './example.ts'

const HOST = '127.0.0.1'
/** Longer than the proxy keeps an idle connection, so that it is never the backend that closes one. */
const KEEP_ALIVE_MS = 90_000

export class SampleBackends {
  readonly #servers: Server[] = []

  /** @throws Error naming the backend and the port that cannot be listened on; then none is left behind. */
  static async start(specs: readonly SampleBackendSpec[]): Promise<SampleBackends> {
    const backends = new SampleBackends()
    try {
      for (const spec of specs) await backends.#start(spec)
    } catch (error) {
      backends.close()
      throw error
    }
    return backends
  }

  close(): void {
    for (const server of this.#servers) {
      server.close()
      server.closeAllConnections()
    }
  }

  async #start({ name, port }: SampleBackendSpec): Promise<void> {
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      void answer(name, request, response)
    })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    server.once('error', (error) => reject(new Error(`sample backend ${name}: ${complaint(HOST, port, error)}`)))
    server.listen({ host: HOST, port, exclusive: true }, resolve)
    await promise
    this.#servers.push(server)
  }
}

async function answer(backend: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let bodyBytes = 0
  request.on('data', (part: Buffer) => {
    bodyBytes += part.length
  })
  request.on('end', () => {
    const { method, url: path, headers } = request
    const body = `${JSON.stringify({ backend, method, path, bodyBytes, headers }, undefined, 2)}\n`
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    response.end(body)
  })
}
