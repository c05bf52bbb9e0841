/** A server or client connection with everything it tells written down. */
import type { HeaderList } from '../../src/proxy/headers.ts'
import { ClientConnection, type ClientEvents } from '../../src/proxy/http2/client.ts'
import { errorName, type Violation } from '../../src/proxy/http2/errors.ts'
import { FRAME } from '../../src/proxy/http2/frames.ts'
import type { RequestHead, ResponseHead } from '../../src/proxy/http2/heads.ts'
import { type ConnectionLimits, type ConnectionTimeouts, DEFAULT_CONNECTION } from '../../src/proxy/http2/limits.ts'
import { ServerConnection, type ServerEvents } from '../../src/proxy/http2/server.ts'
import type { ResponseSink, Stream, StreamSink } from '../../src/proxy/http2/stream.ts'
import { framesOf, HELLO, type RawFrame, settings } from './raw.ts'

export interface RigOptions {
  readonly limits?: Partial<ConnectionLimits>
  readonly timeouts?: Partial<ConnectionTimeouts>
  /** Confirm body bytes as they come; true unless said otherwise. */
  readonly consumes?: boolean
}

/** What one stream has told. */
export class Record implements ResponseSink {
  stream: Stream | undefined = undefined
  head_: RequestHead | ResponseHead | undefined = undefined
  readonly informationals: ResponseHead[] = []
  body = ''
  ended = false
  trailers: string[] | undefined = undefined
  resetCode: number | undefined = undefined
  onData: (length: number) => void = () => {}
  onEnd: () => void = () => {}
  onWritable: () => void = () => {}

  informational(head: ResponseHead): void {
    this.informationals.push(head)
  }
  head(head: ResponseHead, ended: boolean): void {
    this.head_ = head
    this.ended = ended
  }
  data(bytes: Buffer, start: number, end: number): void {
    this.body += bytes.toString('latin1', start, end)
    this.onData(end - start)
  }
  end(trailers: HeaderList | undefined): void {
    this.ended = true
    if (trailers !== undefined) this.trailers = linesOf(trailers)
    this.onEnd()
  }
  writable(): void {
    this.onWritable()
  }
  reset(code: number): void {
    this.resetCode = code
  }
}

export const linesOf = (fields: HeaderList): string[] => [...fields].map(([name, value]) => `${name}: ${value}`)

function specOf({ limits, timeouts }: RigOptions): typeof DEFAULT_CONNECTION {
  return {
    limits: { ...DEFAULT_CONNECTION.limits, ...limits },
    timeouts: { ...DEFAULT_CONNECTION.timeouts, ...timeouts },
  }
}

/** What both sides have in common: bytes in, frames out. */
abstract class Rig {
  abstract readonly connection: ServerConnection | ClientConnection
  now = 0

  /** Sends bytes; @returns the frames that were answered. */
  send(...bytes: readonly Buffer[]): RawFrame[] {
    const all = Buffer.concat(bytes)
    this.connection.receive(all, 0, all.length, this.now)
    return this.take()
  }

  take(): RawFrame[] {
    const wire = this.connection
    const frames: RawFrame[] = []
    for (let view = wire.output(); view.length > 0; view = wire.output()) {
      frames.push(...framesOf(Buffer.from(view)))
      wire.written(true)
    }
    return frames
  }
}

export class ServerRig extends Rig implements ServerEvents {
  readonly connection: ServerConnection
  readonly records: Record[] = []
  readonly violations: Violation[] = []
  readonly details: string[] = []
  onRequest: (record: Record) => void = () => {}
  readonly #consumes: boolean

  constructor(options: RigOptions = {}) {
    super()
    this.#consumes = options.consumes ?? true
    this.connection = new ServerConnection(specOf(options), this, 0)
  }

  request(stream: Stream, head: RequestHead, ended: boolean): StreamSink {
    const record = new Record()
    record.stream = stream
    record.head_ = head
    record.ended = ended
    if (this.#consumes) record.onData = (length) => this.connection.consumed(stream, length)
    this.records.push(record)
    this.onRequest(record)
    return record
  }

  violated(violation: Violation, detail: string): void {
    this.violations.push(violation)
    this.details.push(detail)
  }

  /** Past the preface and SETTINGS of both sides. */
  hello(): this {
    this.send(HELLO, Buffer.from('000000040100000000', 'hex'))
    return this
  }
}

export class ClientRig extends Rig implements ClientEvents {
  readonly connection: ClientConnection
  readonly violations: Violation[] = []
  readonly left: number[] = []
  rooms = 0

  constructor(options: RigOptions = {}) {
    super()
    this.connection = new ClientConnection(specOf(options), this, 0)
  }

  leaving(code: number): void {
    this.left.push(code)
  }
  roomAgain(): void {
    this.rooms++
  }
  violated(violation: Violation): void {
    this.violations.push(violation)
  }

  hello(): this {
    this.connection.written(true)
    this.send(settings(), Buffer.from('000000040100000000', 'hex'))
    return this
  }
}

/** The end of a connection or a stream, as a word: `GOAWAY PROTOCOL_ERROR`, `RST_STREAM 1 CANCEL`. */
export function endings(frames: readonly RawFrame[]): string[] {
  return frames.flatMap(({ type, stream, payload }) => {
    if (type === FRAME.goaway) return [`GOAWAY ${errorName(payload.readUInt32BE(4))}`]
    return type === FRAME.rstStream ? [`RST_STREAM ${stream} ${errorName(payload.readUInt32BE(0))}`] : []
  })
}
