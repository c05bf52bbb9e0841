/**
 * One stream: its two halves (RFC 9113 section 5.1), its windows (section 5.2), and who hears of it. Idle streams do not
 * exist, closed ones are forgotten (see closed-streams.ts); what lives is open or half-closed.
 */
import type { HeaderList } from '../headers.ts'
import type { Violation } from './errors.ts'
import type { ResponseHead } from './heads.ts'
import { DEFAULT_PRIORITY, type Priority } from './priority.ts'

/** Who hears of a stream. After `reset`, nothing more comes; after `end`, only `writable` and `reset`. */
export interface StreamSink {
  /** Body bytes `bytes[start, end)`, which are the sink's only until it returns. To be confirmed by `consumed`. */
  data(bytes: Buffer, start: number, end: number): void
  /** The peer's half is complete. */
  end(trailers: HeaderList | undefined): void
  /** `write` has taken less than it was given; now it takes more. */
  writable(): void
  /**
   * The stream broke off.
   * @param code see ERROR_CODES; what the peer said, or what we told it.
   * @param violation what the peer did wrong, where that is why.
   */
  reset(code: number, violation: Violation | undefined): void
}

/** Who hears of the answer to a request of ours. */
export interface ResponseSink extends StreamSink {
  /** A 1xx head, of which there may be several. */
  informational(head: ResponseHead): void
  /** The final head. @param ended nothing follows, not even `end`. */
  head(head: ResponseHead, ended: boolean): void
}

export class Stream<Sink extends StreamSink = StreamSink> {
  readonly id: number
  /** Bytes the peer still lets us send; negative after it took some of it back (section 6.9.2). */
  sendWindow: number
  closed = false
  /** The final head has left. */
  headSent = false
  sentEnd = false
  receivedEnd = false
  priority: Priority = DEFAULT_PRIORITY
  /** Bytes that came and are not consumed. */
  unconsumed = 0
  /** When it was first noticed that `blocked` is set; -1 while it is not. Monotonic milliseconds. */
  blockedSince = -1
  /** Whether it is among the ReadyStreams of its connection; theirs to set. */
  queued = false
  /** `write` has taken less than it was given. */
  blocked = false
  /** Set before anything is told; a stream that was refused at once has none. */
  sink: Sink | undefined = undefined
  /** Bytes we still let the peer send, and those that were consumed without telling it. */
  receiveWindow: number
  credit = 0
  /** The final head has come. */
  headReceived = false
  /** Body bytes that are still to come; -1 where nobody said how many. */
  expected = -1
  /** The answer has no body, whatever its content-length says (RFC 9110 section 6.4.1). */
  bodyless = false

  constructor(id: number, sendWindow: number, receiveWindow: number) {
    this.id = id
    this.sendWindow = sendWindow
    this.receiveWindow = receiveWindow
  }
}
