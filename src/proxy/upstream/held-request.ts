/**
 * A request that could not be repeated, about to go out on a connection that was idle. Its endpoint may have closed it
 * a moment ago: then the kernel knows, and we do not yet, since news are read one after the other. So the request waits
 * until everything that had arrived by now was read; a connection that has ended is none of the idle ones any more
 * then. Costs a turn or two of the event loop. What remains is an end that is still on its way through the network.
 */
import type { HeaderList } from '../headers.ts'
import type { RequestStream } from '../sides.ts'

export class HeldRequest implements RequestStream {
  #stream: RequestStream | undefined
  #aborted = false

  /** @param begin sends the request, unless it was given to another endpoint meanwhile. @param afterPoll runs what it is given once all news were read. */
  constructor(begin: () => RequestStream | undefined, afterPoll: (run: () => void) => void) {
    afterPoll(() => {
      if (!this.#aborted) this.#stream = begin()
    })
  }

  abort(): void {
    this.#aborted = true
    this.#stream?.abort()
  }

  // Nobody gives a body before the stream that takes it has said that it is open, and that is another one than this.

  data(buffer: Buffer, start: number, end: number): boolean {
    return this.#stream!.data(buffer, start, end)
  }

  end(trailers: HeaderList | undefined): void {
    this.#stream!.end(trailers)
  }

  flush(): void {
    this.#stream?.flush()
  }

  resumeResponse(): void {
    this.#stream?.resumeResponse()
  }
}
