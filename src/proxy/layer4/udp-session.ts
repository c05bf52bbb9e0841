/**
 * Datagrams of one client to one endpoint and back, by a socket of their own: what comes back on it is for this client.
 * It ends after a silence, or when the endpoint says that nobody listens there; the client's next datagram begins another.
 */
import type { Socket } from 'node:dgram'
import type { Deadlines, Timed } from '../deadlines.ts'
import type { Passage, PassageResult } from '../passage.ts'
import type { Endpoint } from '../types.ts'
import { datagramSocket, isCongested } from './datagrams.ts'
import type { DropReason } from './udp-counts.ts'

/** Datagrams that wait for the socket, which takes a turn or two. */
const MOST_WAITING = 64
/** What is the endpoint's fault, or that of the way to it. */
const UNREACHABLE: ReadonlySet<string | undefined> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EACCES',
  'EINVAL',
])

export interface UdpSessionInit {
  readonly endpoint: Endpoint
  readonly deadlines: Deadlines
  /** Longest time without a datagram either way; 0 is no limit. */
  readonly idleMs: () => number
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** Sends the client something. */
  readonly answer: (datagram: Buffer) => void
  readonly dropped: (reason: DropReason) => void
  /** Runs once, when it is over. */
  readonly closed: (end: UdpSessionEnd) => void
}

export type UdpSessionEnd = Pick<Passage, 'result' | 'endpoint' | 'connectedAt' | 'bytesReceived' | 'bytesSent'>

export class UdpSession implements Timed {
  slot = -1
  deadline = 0
  readonly #init: UdpSessionInit
  readonly #socket: Socket
  /** What came before the socket was there. */
  #waiting: Buffer[] | undefined = []
  #result: PassageResult = 'unreachable'
  #connectedAt = 0
  #bytesReceived = 0
  #bytesSent = 0
  #over = false
  readonly #wasWell: boolean

  constructor(init: UdpSessionInit) {
    this.#init = init
    const { endpoint, deadlines } = init
    const { address, port } = endpoint.spec
    this.#wasWell = isWell(endpoint)
    endpoint.enter(false)
    deadlines.add(this)
    this.#touch()
    this.#socket = datagramSocket(address, false)
    this.#socket.on('error', (error) => this.#failed(error))
    this.#socket.on('message', (datagram) => this.#answered(datagram))
    this.#socket.on('connect', () => this.#open())
    // Without a function of ours, since that would be called for a failure as well.
    this.#socket.connect(port, address)
  }

  get isOver(): boolean {
    return this.#over
  }

  /** Whether the endpoint has come to its end, or is none any more: the client is better off with another one. */
  get isStranded(): boolean {
    return this.#wasWell && !isWell(this.#init.endpoint)
  }

  /** A datagram of the client. */
  received(datagram: Buffer): void {
    this.#touch()
    this.#bytesReceived += datagram.length
    if (this.#waiting === undefined) this.#send(datagram)
    else if (this.#waiting.length < MOST_WAITING) this.#waiting.push(datagram)
    else this.#init.dropped('queue')
  }

  onDeadline(): void {
    this.end()
  }

  /** The proxy drains: it ends after a shorter silence from now on. */
  hurry(): void {
    this.#touch()
  }

  end(): void {
    if (this.#over) return
    this.#over = true
    const { endpoint, deadlines, closed } = this.#init
    deadlines.remove(this)
    this.#socket.close()
    endpoint.leave(false)
    closed({
      ...{ result: this.#result, endpoint: endpoint.id, connectedAt: this.#connectedAt },
      ...{ bytesReceived: this.#bytesReceived, bytesSent: this.#bytesSent },
    })
  }

  #open(): void {
    if (this.#over) return
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    this.#result = 'served'
    this.#connectedAt = this.#init.now()
    for (const datagram of waiting) this.#send(datagram)
  }

  #send(datagram: Buffer): void {
    if (isCongested(this.#socket)) return this.#init.dropped('queue')
    this.#socket.send(datagram, (error) => {
      if (error !== null && UNREACHABLE.has((error as NodeJS.ErrnoException).code)) this.#failed(error)
    })
  }

  #answered(datagram: Buffer): void {
    if (this.#over) return
    if (this.#bytesSent === 0) this.#init.endpoint.answered(200, 0)
    this.#touch()
    this.#bytesSent += datagram.length
    this.#init.answer(datagram)
  }

  /** Nobody listens there, as its host says (ICMP), it cannot be reached at all, or we have no socket left. */
  #failed({ code }: NodeJS.ErrnoException): void {
    if (this.#over) return
    if (this.#bytesSent === 0) this.#result = 'unreachable'
    if (UNREACHABLE.has(code)) this.#init.endpoint.faulted('connect-refused')
    this.end()
  }

  #touch(): void {
    this.deadline = this.#init.deadlines.in(this.#init.idleMs())
  }
}

function isWell({ spec: { state, weight } }: Endpoint): boolean {
  return state === 'ready' && weight > 0
}
