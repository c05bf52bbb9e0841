/**
 * The client's side of a WebSocket over HTTP/2 (RFC 8441): what an upgraded connection is to HTTP/1.1, a stream is here.
 */
import type { Inbox } from '../h2/inbox.ts'
import type { HeaderList } from '../headers.ts'
import type { BodySink, TunnelEnd } from '../sides.ts'
import { TunnelSide } from '../tunnel.ts'
import { closeToClient, isWebSocket } from '../websocket/close-frame.ts'

/** The stream that carries it. */
export interface TunnelStream {
  readonly inbox: Inbox
  data(bytes: Buffer, start: number, end: number): boolean
  flush(): boolean
  /** Ends our half behind what waits. */
  endHalf(): void
  expire(ms: number): void
  close(): void
}

export class H2Tunnel implements BodySink {
  readonly side: TunnelSide
  /** Of the answer: HTTP/2 needs no agreement on a key and names no protocol. */
  readonly fields: HeaderList
  readonly #stream: TunnelStream
  #onClear: (() => void) | undefined = undefined

  constructor(stream: TunnelStream, { headers, idleMs }: { headers: HeaderList; idleMs: () => number }) {
    this.#stream = stream
    const closeFrame = isWebSocket(headers) ? closeToClient : undefined
    headers.delete('Sec-WebSocket-Accept')
    headers.delete('Upgrade')
    this.fields = headers
    this.side = new TunnelSide({
      socket: { resume: () => stream.inbox.flow(this), end: () => stream.endHalf() },
      output: this,
      expire: (ms) => stream.expire(ms),
      idleMs,
      destroy: () => stream.close(),
      closeFrame,
    })
  }

  open(peer: TunnelEnd): void {
    this.side.join(peer)
    this.#stream.inbox.flow(this)
  }

  goAway(): void {
    this.side.goAway()
  }

  /** What waited was taken. */
  cleared(): void {
    const run = this.#onClear
    this.#onClear = undefined
    run?.()
  }

  // What the client sends.

  data(buffer: Buffer, start: number, end: number): boolean {
    return this.side.received(buffer, start, end)
  }

  end(): void {
    this.side.ended()
  }

  // What the other side sends.

  text(text: string): void {
    const bytes = Buffer.from(text, 'latin1')
    this.#stream.data(bytes, 0, bytes.length)
  }

  bytes(buffer: Buffer, start: number, end: number): boolean {
    return this.#stream.data(buffer, start, end)
  }

  flush(): boolean {
    return this.#stream.flush()
  }

  whenClear(run: () => void): void {
    this.#onClear = run
  }
}
