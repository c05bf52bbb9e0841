/**
 * One HTTP/2 connection of a client: joins the codec, a socket and the requests on its streams. See
 * docs/decisions/0018 for the codec, and h2-stream.ts for what a request sees.
 */
import type { Socket } from 'node:net'
import type { Timed } from '../deadlines.ts'
import type { FaultCode } from '../faults.ts'
import type { OwnedSink } from '../h2/inbox.ts'
import { H2Socket, type H2SocketOwner } from '../h2/socket.ts'
import { ERROR_CODES, type Violation } from '../http2/errors.ts'
import type { RequestHead } from '../http2/heads.ts'
import { ServerConnection, type ServerEvents } from '../http2/server.ts'
import type { Stream, StreamSink } from '../http2/stream.ts'
import type { Parting } from '../sides.ts'
import type { Flushable } from '../turn-end.ts'
import type { Client } from './client.ts'
import { type H2RequestInput, h2Request } from './h2-request.ts'
import { connectionSpec } from './h2-spec.ts'
import { H2Stream, type H2StreamOwner } from './h2-stream.ts'
import type { Accepted, Connection, DownstreamHost } from './host.ts'

/** How often times that may run out are looked at; and while the connection is about to end. */
const CHECK_MS = 1_000
const CLOSING_CHECK_MS = 200

/** What the client did to requests that never became one. */
const REFUSED: Readonly<Partial<Record<Violation, FaultCode>>> = {
  'malformed-head': 'bad-field',
  'head-too-large': 'header-too-large',
}

export interface H2Init extends Accepted<H2Downstream> {
  /** Whether somebody else reads the socket and calls `received`: see H2Socket. */
  readonly volatile: boolean
}

export class H2Downstream
  implements Connection, H2RequestInput, ServerEvents, H2SocketOwner, H2StreamOwner, Flushable, Timed
{
  slot = -1
  deadline: number
  readonly client: Client
  readonly host: DownstreamHost
  readonly http: ServerConnection
  readonly freshId: DownstreamHost['freshId']
  readonly requestLineBytes: number
  readonly #socket: H2Socket
  readonly #closed: (connection: H2Downstream) => void
  /** Streams whose uploads are flushed once what was read is worked off; none where no read has brought any. */
  #uploads: H2Stream[] | undefined = undefined
  #receiving = false
  /** Whether it is to be flushed at the end of the turn. */
  #dirty = false

  constructor(socket: Socket, host: DownstreamHost, { client, closed, volatile }: H2Init) {
    const settings = host.settings()
    this.client = client
    this.host = host
    this.freshId = host.freshId
    this.#closed = closed
    this.requestLineBytes = settings.limits.requestLineBytes
    this.http = new ServerConnection(connectionSpec(settings), this, host.now())
    this.#socket = new H2Socket(socket, this, { now: () => host.now(), volatile })
    host.deadlines.add(this)
    this.deadline = host.deadlines.in(CHECK_MS)
    this.touch()
  }

  get wire(): ServerConnection {
    return this.http
  }

  get volatile(): boolean {
    return this.#socket.volatile
  }

  /** Bytes that somebody else has read. */
  received(bytes: Buffer, start: number, end: number): void {
    this.#socket.received(bytes, start, end)
  }

  // What the listener asks.

  get busy(): boolean {
    return this.wire.streams.count > 0
  }

  drain(): void {
    this.wire.lifetime.drain()
    this.deadline = this.host.deadlines.in(CLOSING_CHECK_MS)
    this.touch()
  }

  leave(last: boolean): Parting {
    let parting: Parting = 'gone'
    for (const stream of this.#streams()) {
      const answer = stream.leave(last)
      if (answer === 'later' || parting === 'gone') parting = answer
    }
    this.touch()
    return parting
  }

  cut(): void {
    for (const stream of this.#streams()) stream.cut()
    this.#socket.flush()
    this.#socket.destroy()
  }

  // What the codec tells.

  request(stream: Stream, head: RequestHead, ended: boolean): StreamSink {
    if (this.host.retiring()) this.wire.lifetime.drain()
    const served = new H2Stream(this, stream)
    const { now } = this.wire
    const init = h2Request(head, this, { ended, startedAt: now })
    if (typeof init !== 'string') served.serve(init)
    else {
      this.host.refused(init, { client: this.client, version: '2', startedAt: now })
      served.refuse(init, { method: head.method, requestId: '', accept: head.fields.get('accept') })
    }
    return served.sink()
  }

  violated(violation: Violation): void {
    this.host.violated(violation)
    const fault = REFUSED[violation]
    if (fault === undefined) return
    this.host.refused(fault, { client: this.client, version: '2', startedAt: this.wire.now })
  }

  // What the socket tells.

  onBytes(bytes: Buffer, start: number, end: number): void {
    this.#receiving = true
    this.http.receive(bytes, start, end, this.host.now())
    this.#receiving = false
    const uploads = this.#uploads
    if (uploads === undefined) return
    this.#uploads = undefined
    for (const stream of uploads) stream.flushUpload()
  }

  onGone(): void {
    this.host.deadlines.remove(this)
    this.wire.abandon(ERROR_CODES.CANCEL, this.#isStalled() ? 'window-stalled' : undefined)
    this.#closed(this)
  }

  // What its streams ask.

  touch(): void {
    if (this.#receiving) return
    // Nobody is left to make more.
    if (this.wire.streams.count === 0) return this.#socket.flush()
    if (this.#dirty) return
    this.#dirty = true
    this.host.turnEnd.add(this)
  }

  uploaded(stream: H2Stream): void {
    if (!this.#receiving) return stream.flushUpload()
    if (stream.uploading) return
    stream.uploading = true
    this.#uploads ??= []
    this.#uploads.push(stream)
  }

  // What time and turns bring.

  flush(): void {
    this.#dirty = false
    this.#socket.flush()
  }

  onDeadline(): void {
    const { lifetime } = this.wire
    lifetime.check(this.host.now())
    if (this.#isStalled() || this.#socket.hasLingered(this.host.now())) return this.#socket.destroy()
    this.deadline = this.host.deadlines.in(lifetime.isDraining || lifetime.isOver ? CLOSING_CHECK_MS : CHECK_MS)
    this.#socket.flush()
  }

  #isStalled(): boolean {
    const { writeGapMs } = this.host.settings().timeouts
    return writeGapMs > 0 && this.#socket.stalledMs(this.host.now()) >= writeGapMs
  }

  /** All sinks of this connection are ours. */
  #streams(): H2Stream[] {
    return [...this.wire.streams].flatMap(({ sink }) =>
      sink === undefined ? [] : ((sink as OwnedSink).owner as H2Stream),
    )
  }
}
