/** Stands between Pods and the API server, and can make it slow, narrow or silent. */
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { API_PORT } from './control-plane-args.ts'
import { HOST_ADDRESS } from './network.ts'

/** Where Pods find the API server. */
export const API_RELAY = { host: HOST_ADDRESS, port: 6444 } as const

export interface Slowness {
  /** For everything on its way to the Pods, in milliseconds. */
  readonly delayMs: number
  /** For each connection; `Infinity` is none. */
  readonly bytesPerSecond: number
}

const AT_ONCE: Slowness = { delayMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY }
const SECOND = 1_000
/** Of one connection; beyond that, whoever sends has to wait. */
const MOST_HELD_BYTES = 16 << 20

export class ApiRelay {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #slowness = AT_ONCE
  #silent = false
  #refusing = false

  static async listen(): Promise<ApiRelay> {
    const relay = new ApiRelay()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    relay.#server.once('error', reject).listen(API_RELAY, resolve)
    await promise
    return relay
  }

  private constructor() {
    this.#server = createServer((client) => this.#accept(client))
  }

  /** From now on, on connections that are there and on new ones. */
  slowDown(slowness: Partial<Slowness>): void {
    this.#slowness = { ...AT_ONCE, ...slowness }
  }

  /** Connections stay open and nothing comes through, as when packets are lost without a word. */
  silence(): void {
    this.#silent = true
  }

  /** Ends all connections; new ones are ended at once. */
  refuse(): void {
    this.#refusing = true
    this.drop()
  }

  /** Ends the connections that are there; clients may come back. */
  drop(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /** All as it was. Connections that were silent are ended. */
  restore(): void {
    if (this.#silent) this.drop()
    this.#silent = false
    this.#refusing = false
    this.#slowness = AT_ONCE
  }

  close(): void {
    this.#server.close()
    this.drop()
  }

  #accept(client: Socket): void {
    if (this.#refusing) return void client.resetAndDestroy()
    const server = connect({ host: HOST_ADDRESS, port: API_PORT, noDelay: true })
    client.setNoDelay(true)
    this.#pipe(client, server, () => AT_ONCE)
    this.#pipe(server, client, () => this.#slowness)
  }

  #pipe(from: Socket, to: Socket, slowness: () => Slowness): void {
    this.#sockets.add(from)
    from.on('error', () => {})
    from.once('close', () => {
      this.#sockets.delete(from)
      to.destroySoon()
    })
    // One after the other, so that nothing overtakes; what is delayed is on its way together, as on a long line.
    let last: Promise<void> = Promise.resolve()
    let held = 0
    from.on('data', (chunk: Buffer) => {
      // At once where nothing holds it up: nodes hear of everything directly, and nobody else is to be behind them.
      if (held === 0 && slowness() === AT_ONCE && !this.#silent) return void pass(chunk, from, to)
      held += chunk.length
      if (held > MOST_HELD_BYTES) from.pause()
      last = this.#send({ chunk, to, due: performance.now() + slowness().delayMs, slowness, before: last })
      void last.then(() => {
        held -= chunk.length
        from.resume()
      })
    })
  }

  async #send({ chunk, to, due, slowness, before }: Sending): Promise<void> {
    await before
    await sleep(Math.max(0, due - performance.now()))
    const { bytesPerSecond } = slowness()
    if (Number.isFinite(bytesPerSecond)) await sleep((chunk.length / bytesPerSecond) * SECOND)
    while (this.#silent && !to.destroyed) await sleep(50)
    if (!to.destroyed && !to.write(chunk))
      await new Promise<void>((resolve) => to.once('drain', resolve).once('close', resolve))
  }
}

function pass(chunk: Buffer, from: Socket, to: Socket): void {
  if (to.destroyed || to.write(chunk)) return
  from.pause()
  to.once('drain', () => from.resume())
}

interface Sending {
  readonly chunk: Buffer
  readonly to: Socket
  readonly due: number
  readonly slowness: () => Slowness
  readonly before: Promise<void>
}
