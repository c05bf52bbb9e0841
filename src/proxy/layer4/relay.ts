/**
 * A connection of a client whose bytes go to an endpoint as they are, and back: nobody looks at them. Where an endpoint
 * cannot be reached another one is tried, since nothing of the client's has been sent.
 */
import { connect, type Socket } from 'node:net'
import type { Deadlines, Timed } from '../deadlines.ts'
import type { FaultCode } from '../faults.ts'
import { Output } from '../output.ts'
import type { Passage, PassageResult } from '../passage.ts'
import type { Leaver, Parting } from '../sides.ts'
import { TunnelSide } from '../tunnel.ts'
import type { Asking, Endpoint, EndpointSource } from '../types.ts'

/** Endpoints that are tried for one connection. */
const MOST_ATTEMPTS = 3

/** How it went, when it is over. */
export type RelayEnd = Pick<Passage, 'result' | 'endpoint' | 'attempts' | 'connectedAt' | 'bytesReceived' | 'bytesSent'>

export interface RelayInit {
  /** Of the client; what was read of it is in it again. */
  readonly socket: Socket
  readonly endpoints: EndpointSource
  /** Stands for the connection where endpoints are chosen by who asks. */
  readonly asking: Asking
  readonly deadlines: Deadlines
  /** Comes before what the client sends; empty for nothing. */
  readonly preface: Buffer
  /** Longest time for one attempt to connect; 0 is no limit. */
  readonly connectMs: number
  /** Longest time without a byte either way; 0 is no limit. */
  readonly idleMs: () => number
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** Runs once, when it is over. */
  readonly closed: (relay: Relay, end: RelayEnd) => void
}

export class Relay implements Leaver, Timed {
  readonly busy = true
  slot = -1
  deadline = 0
  readonly #init: RelayInit
  readonly #tried: Endpoint[] = []
  #upstream: Socket | undefined
  #result: PassageResult = 'no-endpoint'
  #connectedAt = 0
  #over = false

  constructor(init: RelayInit) {
    this.#init = init
    const { socket, deadlines } = init
    socket.once('close', (broken: boolean) => this.#gone(this.#upstream, broken))
    deadlines.add(this)
    this.#attempt()
  }

  /** Nothing in it says where it could end well. */
  drain(): void {}

  leave(last: boolean): Parting {
    if (!last) return 'later'
    this.cut()
    return 'gone'
  }

  cut(): void {
    this.#upstream?.destroy()
    // A client that got nothing should not take it for an answer of nothing.
    if (this.#result === 'served') this.#init.socket.destroy()
    else this.#init.socket.resetAndDestroy()
  }

  /** Until it stands, an attempt to connect; after that, a silence. */
  onDeadline(): void {
    if (this.#result === 'served') this.cut()
    else this.#failed('connect-timeout')
  }

  #attempt(): void {
    const { endpoints, asking, deadlines, connectMs } = this.#init
    const endpoint = this.#tried.length < MOST_ATTEMPTS ? endpoints.acquire(asking, this.#tried) : undefined
    if (endpoint === undefined || this.#tried.includes(endpoint)) return this.cut()
    this.#result = 'unreachable'
    endpoint.enter(this.#tried.length > 0)
    this.#tried.push(endpoint)
    this.deadline = deadlines.in(connectMs)
    const { address, port } = endpoint.spec
    const upstream = connect({ host: address, port, noDelay: true, allowHalfOpen: true })
    this.#upstream = upstream
    upstream.once('connect', () => this.#join(upstream))
    upstream.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (this.#upstream === upstream && this.#result !== 'served') {
        this.#failed(code === 'ECONNREFUSED' ? 'connect-refused' : 'connect-failed')
      }
    })
    upstream.once('close', (broken: boolean) => {
      if (this.#upstream !== upstream) return
      this.#release()
      this.#gone(this.#init.socket, broken)
    })
  }

  #failed(code: FaultCode): void {
    this.#tried.at(-1)!.faulted(code)
    this.#upstream?.destroy()
    this.#release()
    this.#attempt()
  }

  #join(upstream: Socket): void {
    this.#result = 'served'
    const { socket, preface, now } = this.#init
    this.#connectedAt = now()
    this.#tried.at(-1)!.answered(200, 0)
    if (preface.length > 0) upstream.write(preface)
    const [client, endpoint] = [this.#side(socket), this.#side(upstream)]
    client.join(endpoint)
    endpoint.join(client)
    pass(socket, client)
    pass(upstream, endpoint)
  }

  #side(socket: Socket): TunnelSide {
    const { deadlines, idleMs } = this.#init
    return new TunnelSide({
      socket,
      output: new Output(socket),
      expire: (ms) => {
        this.deadline = deadlines.in(ms)
      },
      idleMs,
      destroy: () => socket.destroy(),
      closeFrame: undefined,
    })
  }

  /** The endpoint is not used by this connection any more. */
  #release(): void {
    this.#upstream = undefined
    this.#tried.at(-1)!.leave(this.#tried.length > 1)
  }

  /** One socket is closed: what the other one was given still leaves, then it is over; a break is passed on as one. */
  #gone(other: Socket | undefined, broken: boolean): void {
    const { deadlines, closed, socket } = this.#init
    if (other !== undefined && !other.closed) {
      if (this.#result === 'served' && broken) other.resetAndDestroy()
      else if (this.#result === 'served') other.destroySoon()
      else other.destroy()
      return
    }
    if (this.#over) return
    this.#over = true
    deadlines.remove(this)
    closed(this, {
      ...{ result: this.#result, connectedAt: this.#connectedAt },
      ...{ endpoint: this.#tried.at(-1)?.id ?? '', attempts: this.#tried.length },
      ...{ bytesReceived: socket.bytesRead, bytesSent: socket.bytesWritten },
    })
  }
}

/** What arrives on a socket goes to the other side, as fast as that takes it. */
function pass(socket: Socket, side: TunnelSide): void {
  socket.on('end', () => side.ended())
  socket.on('data', (chunk: Buffer) => {
    if (!side.received(chunk, 0, chunk.length)) socket.pause()
  })
}
