/** One endpoint for pools of any protocol, by the servers of Node, which speak all of them behind one interface. */
import { once } from 'node:events'
import { createServer as createH1, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createH2, createSecureServer as createH2s } from 'node:http2'
import { createServer as createH1s } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { TestContext } from 'node:test'
import type { EndpointSpec, LinkSpec } from '../../src/model/cluster.ts'
import { certificateFor } from '../proxy/tls-world.ts'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

const NAME = 'web.shop.svc'
const { chain: cert, key } = certificateFor([NAME])
const tls = { serverName: NAME, trust: { ca: cert } } as const

// The compatible interface of node:http2 is the same but for types.
type Serve = (handler: Handler) => ReturnType<typeof createH1>
const h2 = (create: unknown) => create as (options: object, handler: Handler) => ReturnType<typeof createH1>

/** What a pool can speak, and who answers. */
export const LINKS: Readonly<Record<string, { readonly link: LinkSpec; readonly serve: Serve }>> = {
  h1: { link: { protocol: 'http/1.1' }, serve: (handler) => createH1(handler) },
  'h1 by TLS': { link: { protocol: 'http/1.1', tls }, serve: (handler) => createH1s({ cert, key }, handler) },
  h2c: { link: { protocol: 'h2' }, serve: (handler) => h2(createH2)({}, handler) },
  'h2 by TLS': { link: { protocol: 'h2', tls }, serve: (handler) => h2(createH2s)({ cert, key }, handler) },
}

export class PoolBackend {
  /** Connections that came, and those that are open. */
  connections = 0
  readonly sockets = new Set<Socket>()
  readonly #server: ReturnType<typeof createH1>
  handler: Handler = (_request, response) => response.end('hello')

  constructor(serve: Serve) {
    this.#server = serve((request, response) => {
      request.on('error', () => {})
      response.on('error', () => {})
      this.handler(request, response)
    })
    // What it announces is learned, and pools are to be seen without that.
    this.#server.keepAliveTimeout = 600_000
    this.#server.on('connection', (socket: Socket) => {
      this.connections++
      this.sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => this.sockets.delete(socket))
    })
  }

  async listen(t: TestContext): Promise<EndpointSpec> {
    t.after(() => {
      this.#server.close()
      this.cut()
    })
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return { address: '127.0.0.1', port: (this.#server.address() as AddressInfo).port, weight: 1, state: 'ready' }
  }

  /** Ends all connections, without a word. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy()
  }
}
