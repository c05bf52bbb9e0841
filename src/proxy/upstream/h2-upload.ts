/**
 * The body of a request on its way to a stream: what waits for the endpoint, and what was sent, up to a bound, as long as
 * the endpoint may say that it did not look at the request. A stream that is refused costs nobody a request then, whatever
 * its method: all of gRPC is POST.
 */
import { Outbox } from '../h2/outbox.ts'
import type { HeaderList } from '../headers.ts'
import type { ClientConnection } from '../http2/client.ts'
import type { ResponseSink, Stream } from '../http2/stream.ts'

/** Bodies of most calls; longer ones are sent once. */
const MOST_KEPT = 64 * 1024

/** Where it goes. */
export interface UploadStream {
  readonly http: ClientConnection
  readonly stream: Stream<ResponseSink>
}

export class H2Upload {
  /** Whether all of it was given to us. */
  given: boolean
  #to: UploadStream | undefined = undefined
  #outbox: Outbox | undefined = undefined
  #trailers: HeaderList | undefined = undefined
  #kept: Buffer[] | undefined = []
  #keptBytes = 0
  /** Whether whoever gives it waits to be told to go on. */
  #owes = false

  constructor(hasBody: boolean) {
    this.given = !hasBody
  }

  /** Whether the endpoint has to take some of it first. */
  get blocked(): boolean {
    return this.#outbox !== undefined
  }

  /** Whether there is nothing but the head. */
  get isEmpty(): boolean {
    return this.given && this.#keptBytes === 0 && this.#trailers === undefined
  }

  /** Whether it can be sent from its beginning. */
  get isWhole(): boolean {
    return this.#kept !== undefined
  }

  /** Nobody will ask for it again. */
  forget(): void {
    this.#kept = undefined
  }

  /** The stream is gone; another one follows. */
  detach(): void {
    this.#to = undefined
    this.#outbox?.close()
    this.#outbox = undefined
  }

  /** Sends what there is, from its beginning. @returns whether the giver is to go on. */
  begin(to: UploadStream): boolean {
    this.#to = to
    const body = Buffer.concat(this.#kept ?? [])
    if (body.length > 0) this.#write(body, 0, body.length)
    return this.#proceed()
  }

  /** @returns false where the buffer is kept: the giver goes on when it is told to. */
  data(buffer: Buffer, start: number, end: number): boolean {
    this.#keep(buffer, start, end)
    if (this.#outbox !== undefined) this.#outbox.add(buffer, start, end)
    else if (this.#to !== undefined) this.#write(buffer, start, end)
    this.#owes = this.#to === undefined || this.#outbox !== undefined
    return !this.#owes
  }

  end(trailers: HeaderList | undefined): void {
    this.given = true
    this.#owes = false
    this.#trailers = trailers
    this.#proceed()
  }

  /** The endpoint takes more. @returns whether the giver is to go on. */
  writable(): boolean {
    const outbox = this.#outbox
    if (outbox === undefined) return false
    const { http, stream } = this.#to!
    outbox.at += http.write(stream, outbox.bytes, outbox.at, outbox.end, false)
    if (outbox.at < outbox.end) return false
    outbox.close()
    this.#outbox = undefined
    return this.#proceed()
  }

  #write(bytes: Buffer, start: number, end: number): void {
    const { http, stream } = this.#to!
    const taken = http.write(stream, bytes, start, end, false)
    if (taken < end - start) this.#outbox = new Outbox(bytes, start + taken, end)
  }

  #proceed(): boolean {
    if (this.#outbox !== undefined || this.#to === undefined) return false
    if (this.given) {
      const { http, stream } = this.#to
      http.end(stream, this.#trailers)
      return false
    }
    const owes = this.#owes
    this.#owes = false
    return owes
  }

  /** While there is no stream all of it is kept: no more than one read, since the giver waits. */
  #keep(buffer: Buffer, start: number, end: number): void {
    if (this.#kept === undefined) return
    this.#keptBytes += end - start
    if (this.#keptBytes > MOST_KEPT && this.#to !== undefined) this.#kept = undefined
    else this.#kept.push(Buffer.from(buffer.subarray(start, end)))
  }
}
