/** Connections accepted here go on to somewhere else; when one side ends, or breaks, so does the other. */
import { connect, createServer, type Server, type Socket } from 'node:net'

/** Somewhere a connection may go. */
export interface Target {
  readonly host: string
  readonly port: number
}

export interface TcpRelaySpec {
  readonly host: string
  readonly port: number
  /** Asked for each connection: where to try, best first. */
  readonly targets: () => readonly Target[]
  /** For one target to accept, before the next one is tried. */
  readonly connectMs: number
}

export class TcpRelay {
  readonly #server: Server
  readonly #spec: TcpRelaySpec
  readonly #sockets = new Set<Socket>()

  /** @throws Error where the address cannot be listened on. */
  static async listen(spec: TcpRelaySpec): Promise<TcpRelay> {
    const relay = new TcpRelay(spec)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    relay.#server.once('error', reject).listen({ host: spec.host, port: spec.port, backlog: 4_096 }, resolve)
    await promise
    return relay
  }

  private constructor(spec: TcpRelaySpec) {
    this.#spec = spec
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (client) => {
      this.#keep(client)
      void this.#forward(client)
    })
  }

  /** Connections that are established now. */
  get connections(): number {
    return this.#sockets.size / 2
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  async #forward(client: Socket): Promise<void> {
    for (const target of this.#spec.targets()) {
      const upstream = await this.#connect(target)
      if (upstream === undefined) continue
      this.#keep(upstream)
      if (client.destroyed) upstream.destroy()
      else join(client, upstream)
      return
    }
    client.resetAndDestroy()
  }

  #connect({ host, port }: Target): Promise<Socket | undefined> {
    const { promise, resolve } = Promise.withResolvers<Socket | undefined>()
    const socket = connect({ host, port, noDelay: true, allowHalfOpen: true })
    const timer = setTimeout(() => resolve(undefined), this.#spec.connectMs)
    socket.once('connect', () => resolve(socket)).once('error', () => resolve(undefined))
    return promise.then((connected) => {
      clearTimeout(timer)
      if (connected === undefined) socket.destroy()
      return connected
    })
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => this.#sockets.delete(socket))
  }
}

function join(a: Socket, b: Socket): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.pipe(to)
    from.once('error', () => to.resetAndDestroy())
    from.once('close', () => to.destroySoon())
  }
}
