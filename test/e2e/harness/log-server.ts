/** The part of a kubelet that the API server asks, for all nodes: `kubectl logs`. Nothing else is there. */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { KUBELET_PORT } from './nodes.ts'
import type { KeyPair } from './pki.ts'

const POLL_MS = 200

/** The file that a container writes to. */
export type LogOf = (namespace: string, pod: string, container: string) => string

export class LogServer {
  readonly #server: Server
  readonly #logOf: LogOf
  #closed = false

  static async listen({ cert, key }: KeyPair, logOf: LogOf): Promise<LogServer> {
    const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    server.once('error', reject).listen(KUBELET_PORT, resolve)
    await promise
    return new LogServer(server, logOf)
  }

  private constructor(server: Server, logOf: LogOf) {
    this.#server = server
    this.#logOf = logOf
    server.on('request', (request, response) => {
      // A reader that goes away ends its own answer.
      void this.#answer(request, response).catch(() => response.destroy())
    })
  }

  close(): void {
    this.#closed = true
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://node')
    const [kind, namespace, pod, container] = pathname.split('/').slice(1)
    if (kind !== 'containerLogs' || container === undefined) {
      return void response.writeHead(501).end('this kubelet knows of logs alone\n')
    }
    const file = this.#logOf(namespace ?? '', pod ?? '', container)
    if (!existsSync(file)) return void response.writeHead(404).end('there is no log\n')
    const tail = searchParams.get('tailLines')
    let start = tail === null ? 0 : startOfTail(file, Number(tail))
    response.writeHead(200, { 'content-type': 'text/plain' }).flushHeaders()
    for (;;) {
      const end = statSync(file).size
      if (end > start) await pipeline(createReadStream(file, { start, end: end - 1 }), response, { end: false })
      start = end
      if (searchParams.get('follow') !== 'true' || this.#closed || response.destroyed) break
      await sleep(POLL_MS)
    }
    response.end()
  }
}

/** Where the last lines of a file begin, in bytes. */
function startOfTail(file: string, lines: number): number {
  const content = readFileSync(file)
  let start = content.length
  // The end of the last line is not the begin of another one.
  for (let left = lines + 1; left > 0 && start > 0; left--) start = content.lastIndexOf(10, start - 1)
  return lines === 0 ? content.length : Math.max(0, start + 1)
}
