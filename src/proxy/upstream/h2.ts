/**
 * One HTTP/2 connection to an endpoint: joins the codec, a socket and the requests on its streams. What requests and
 * answers have made in a turn leaves in one write.
 */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Timed } from '../deadlines.ts'
import type { FaultCode } from '../faults.ts'
import { H2Socket, type H2SocketOwner } from '../h2/socket.ts'
import { ClientConnection, type ClientEvents } from '../http2/client.ts'
import { ERROR_CODES } from '../http2/errors.ts'
import type { Flushable } from '../turn-end.ts'
import type { Answered, H2ConnectionOwner, H2Streams } from './h2-owner.ts'
import { upstreamSpec } from './h2-spec.ts'
import { Liveness } from './liveness.ts'
import { connectFault } from './lost-connection.ts'

/** How often times that may run out are looked at; and while the connection is about to end. */
const CHECK_MS = 1_000
const CLOSING_CHECK_MS = 200

export class H2Upstream implements ClientEvents, H2SocketOwner, H2Streams, Flushable, Timed {
  slot = -1
  deadline: number
  readonly #pool: H2ConnectionOwner<H2Upstream>
  readonly #raw: Socket
  #error: NodeJS.ErrnoException | undefined = undefined
  /** Once it stands. */
  #http: ClientConnection | undefined = undefined
  #socket: H2Socket | undefined = undefined
  readonly #liveness: Liveness
  #requests = 0
  /** When the last request ended, as of the last tick. */
  #idleSince = 0
  /** Requests whose answers are flushed once what was read is worked off. */
  readonly #answers: Answered[] = []
  #receiving = false
  /** Whether it is to be flushed at the end of the turn. */
  #dirty = false
  #draining = false
  #over = false

  /** @param connectMs for the connection to stand; 0 is no limit. */
  constructor(pool: H2ConnectionOwner<H2Upstream>, connectMs: number) {
    const { shared } = pool
    this.#pool = pool
    this.#liveness = new Liveness(shared.clock.now())
    const { h2Reads } = shared
    this.#raw = pool.dial({ buffer: () => h2Reads, received: (bytes, buffer) => this.#onRead(buffer, bytes) })
    this.#raw.once(pool.dialer.ready, () => this.#onReady())
    this.#raw.on('error', (error) => {
      this.#error = error
      this.#lost(connectFault(this.#raw, error))
    })
    this.#raw.once('close', () => this.#lost(connectFault(this.#raw, this.#error)))
    shared.busy++
    shared.deadlines.add(this)
    this.deadline = shared.deadlines.in(connectMs)
  }

  get http(): ClientConnection {
    return this.#http!
  }

  get wire(): ClientConnection {
    return this.#http!
  }

  /** Whether what the endpoint allows is not known yet. */
  get isNew(): boolean {
    return !this.#over && this.#http?.peer.hasCome !== true
  }

  get stands(): boolean {
    return this.#http !== undefined
  }

  /** Whether it has been idle for a while: see `HeldRequest`. */
  get hasRested(): boolean {
    return this.isIdle && this.#pool.shared.deadlines.now > this.#idleSince
  }

  get isIdle(): boolean {
    return this.#requests === 0
  }

  /** Requests that may begin now. The first one does not wait to hear how many more there may be. */
  get room(): number {
    if (this.#http === undefined || this.#over) return 0
    return this.isNew ? Math.max(0, 1 - this.#requests) : this.#http.room
  }

  /** Requests that may be under way at a time; undefined where that is not known yet. */
  get limit(): number | undefined {
    return this.isNew ? undefined : this.#http?.peer.maxConcurrentStreams
  }

  /** Takes no more requests, and closes behind the last one. */
  drain(): void {
    this.#draining = true
    if (this.#http === undefined) return this.#lost(undefined)
    this.wire.lifetime.drain()
    this.deadline = this.#pool.shared.deadlines.in(CLOSING_CHECK_MS)
    this.touch()
  }

  // What its requests ask.

  /** A request begins. */
  begin(request: { begin(streams: H2Streams): void }): void {
    if (this.#requests++ === 0) {
      this.#count(1, -1)
      this.#liveness.begin(this.#pool.shared.clock.now())
    }
    request.begin(this)
  }

  touch(): void {
    if (this.#receiving || this.#dirty || this.#over) return
    this.#dirty = true
    this.#pool.shared.turnEnd.add(this)
  }

  answered(request: Answered): void {
    if (request.noted) return
    request.noted = true
    this.#answers.push(request)
  }

  released(): void {
    if (--this.#requests > 0 || this.#over) return
    this.#count(-1, 1)
    this.#idleSince = this.#pool.shared.deadlines.now
    if (!this.#draining && !this.#pool.rested(this)) this.drain()
  }

  // What the codec tells.

  leaving(): void {
    this.#pool.retired(this)
    this.drain()
  }

  roomAgain(): void {
    this.#pool.hasRoom(this)
  }

  /** The streams it concerns hear of it. */
  violated(): void {
    if (this.#http?.violation !== undefined) this.#pool.retired(this)
  }

  // What the socket tells.

  onBytes(bytes: Buffer, start: number, end: number): void {
    const now = this.#pool.shared.clock.now()
    const wasNew = this.isNew
    this.#liveness.heard(now)
    this.#receiving = true
    this.http.receive(bytes, start, end, now)
    if (wasNew && !this.isNew) this.#pool.hasRoom(this)
    this.#flushAnswers()
    this.#receiving = false
  }

  onEnd(): void {
    this.#lost(undefined)
  }

  onGone(): void {
    this.#lost(undefined)
  }

  // What time and turns bring.

  flush(): void {
    this.#dirty = false
    this.#socket?.flush()
  }

  onDeadline(): void {
    if (this.#http === undefined) return this.#lost('connect-timeout')
    const now = this.#pool.shared.clock.now()
    const { lifetime } = this.wire
    lifetime.check(now)
    if (lifetime.isDraining) this.#pool.retired(this)
    if (this.#socket!.hasLingered(now)) return this.#lost(undefined)
    if (this.#requests > 0) this.#checkLiveness(now)
    if (this.#over) return
    const isClosing = lifetime.isDraining || lifetime.isOver
    this.deadline = this.#pool.shared.deadlines.in(isClosing ? CLOSING_CHECK_MS : CHECK_MS)
    this.#socket!.flush()
  }

  #checkLiveness(now: number): void {
    const verdict = this.#liveness.check(now)
    if (verdict === 'ask') this.http.ping()
    else if (verdict === 'dead') this.#lost(undefined)
  }

  #onReady(): void {
    if (this.#over) return
    const { shared, dialer } = this.#pool
    if (dialer.scheme === 'https' && (this.#raw as TLSSocket).alpnProtocol !== 'h2') return this.#lost('no-http2')
    const now = shared.clock.now()
    this.#http = new ClientConnection(upstreamSpec(shared.settings(), this.#pool.idleMs()), this, now)
    this.#socket = new H2Socket(this.#raw, this, { now: () => shared.clock.now(), volatile: true })
    this.deadline = shared.deadlines.in(CHECK_MS)
    this.#count(-1, 1)
    this.touch()
    this.#pool.hasRoom(this)
  }

  /** @returns false to stop reading. */
  #onRead(buffer: Buffer, bytes: number): boolean {
    this.#socket?.received(buffer, 0, bytes)
    return true
  }

  #flushAnswers(): void {
    // What they make others do may bring more of them.
    for (const request of this.#answers) request.flushAnswer()
    this.#answers.length = 0
  }

  /** @param fault why it never stood. */
  #lost(fault: FaultCode | undefined): void {
    if (this.#over) return
    this.#over = true
    const { shared } = this.#pool
    shared.deadlines.remove(this)
    if (this.#http === undefined || this.#requests > 0) shared.busy--
    else shared.idle--
    this.#pool.closed(this, this.#http === undefined ? fault : undefined)
    this.#http?.abandon(ERROR_CODES.CANCEL, undefined)
    this.#raw.destroy()
  }

  #count(busy: number, idle: number): void {
    this.#pool.shared.busy += busy
    this.#pool.shared.idle += idle
  }
}
