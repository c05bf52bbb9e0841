/**
 * A request that could not be repeated, about to go out on a connection that was idle. Its endpoint may have closed it
 * a moment ago: then the kernel knows, and we do not yet. So the request waits until everything that had arrived by now
 * was read; a connection that has ended is none of the idle ones any more then. Costs a turn or two of the event loop.
 * What remains is an end that is still on its way through the network.
 */
import type { HeaderList } from '../headers.ts'
import type { RequestStream } from '../sides.ts'
import type { News } from './news.ts'

/** `elsewhere`: another endpoint has it. `later`: there is more to be read first. */
export type Beginning = RequestStream | 'elsewhere' | 'later'

export class HeldRequest implements RequestStream {
  #stream: RequestStream | undefined
  #aborted = false

  /** @param begin sends the request; asked again where it says `later`, unless it was the last time. */
  constructor(begin: (last: boolean) => Beginning, news: Pick<News, 'afterLook'>) {
    news.afterLook((last) => {
      if (this.#aborted) return true
      const begun = begin(last)
      if (typeof begun === 'object') this.#stream = begun
      return begun !== 'later'
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
