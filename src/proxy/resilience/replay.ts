/**
 * Hands a request body on and keeps what went by, up to a bound, so that another endpoint can be given the same from its
 * beginning. What does not fit is no longer kept, and neither is the part before it: there will be no other attempt.
 */
import type { Exchange } from '../exchange.ts'
import type { RetryPlan } from '../forward-plan.ts'
import type { HeaderList } from '../headers.ts'
import type { Downstream, RequestStream } from '../sides.ts'
import { isRepeatable } from './repeatable.ts'

/** Nobody keeps what nobody would send again. */
export function replayFor(exchange: Exchange, retry: RetryPlan): Replay | undefined {
  const isWanted = retry.attempts > 0 && exchange.bodyLength <= retry.bodyBytes && isRepeatable(exchange, retry)
  return isWanted ? new Replay(exchange.downstream, retry.bodyBytes) : undefined
}

export class Replay implements RequestStream {
  readonly #downstream: Downstream
  readonly #most: number
  readonly #kept: Buffer[] = []
  #bytes = 0
  #ended = false
  #trailers: HeaderList | undefined
  /** Where it goes now. */
  #stream: RequestStream | undefined
  /** How many of the kept parts that one has been given. */
  #given = 0

  constructor(downstream: Downstream, most: number) {
    this.#downstream = downstream
    this.#most = most
  }

  /** Whether everything that was given so far can be given again. */
  get isWhole(): boolean {
    return this.#bytes <= this.#most
  }

  /** As `Downstream.readBody`; a stream that is another one than before is given everything from its beginning. */
  readBody(stream: RequestStream): void {
    if (stream !== this.#stream) this.#given = 0
    this.#stream = stream
    while (this.#given < this.#kept.length) {
      const part = this.#kept[this.#given++]!
      if (!stream.data(part, 0, part.length)) return
    }
    if (this.#ended) stream.end(this.#trailers)
    else this.#downstream.readBody(this)
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    this.#bytes += end - start
    if (this.isWhole) {
      this.#kept.push(Buffer.from(buffer.subarray(start, end)))
      this.#given++
    } else {
      this.#kept.length = 0
      this.#given = 0
    }
    return this.#stream!.data(buffer, start, end)
  }

  end(trailers: HeaderList | undefined): void {
    this.#ended = true
    this.#trailers = trailers
    this.#stream!.end(trailers)
  }

  flush(): void {
    this.#stream!.flush()
  }

  resumeResponse(): void {
    this.#stream!.resumeResponse()
  }

  abort(): void {
    this.#stream!.abort()
  }
}
