/**
 * Streams whose bodies wait for window or for room in the output, in the order they get it (RFC 9218 section 10): by
 * urgency; of one urgency those that are not incremental one after the other, and incremental ones in turns.
 */
import { URGENCIES } from './priority.ts'
import type { Stream } from './stream.ts'

export class ReadyStreams {
  /** By urgency; sets are made when they are needed, since most connections never wait. */
  readonly #waiting: (Set<Stream> | undefined)[] = new Array(URGENCIES).fill(undefined)
  #count = 0

  get count(): number {
    return this.#count
  }

  add(stream: Stream): void {
    stream.blocked = true
    if (stream.queued) return
    stream.queued = true
    const { urgency } = stream.priority
    this.#waiting[urgency] ??= new Set()
    this.#waiting[urgency].add(stream)
    this.#count++
  }

  delete(stream: Stream): void {
    stream.blocked = false
    stream.blockedSince = -1
    if (!stream.queued) return
    stream.queued = false
    this.#waiting[stream.priority.urgency]!.delete(stream)
    this.#count--
  }

  /** Whether another one of that urgency waits, so that this one should leave it something. */
  hasOthers(stream: Stream): boolean {
    const waiting = this.#waiting[stream.priority.urgency]
    return waiting !== undefined && waiting.size > (stream.queued ? 1 : 0)
  }

  /** All of them, the most urgent first. */
  *[Symbol.iterator](): IterableIterator<Stream> {
    for (const waiting of this.#waiting) if (waiting !== undefined) yield* waiting
  }

  /**
   * Lets streams write as long as there is room, which `resume` uses up.
   * @param hasRoom whether anything may be sent on the connection.
   */
  run(hasRoom: () => boolean, resume: (stream: Stream) => void): void {
    if (this.#count === 0) return
    for (const stream of this) {
      if (!hasRoom()) return
      if (stream.sendWindow <= 0) continue
      // Those in turns go to the end of the queue when they add themselves again, and the loop meets them there.
      if (stream.priority.incremental) this.delete(stream)
      stream.blocked = false
      resume(stream)
      if (!stream.blocked) this.delete(stream)
    }
  }
}
