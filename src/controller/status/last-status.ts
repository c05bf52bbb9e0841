/** The status of objects as it is by all that we know: as it was watched, or as we wrote it since. */
import { isObject } from '../../lib/shape.ts'
import type { Ref } from '../api/kubernetes/metadata.ts'
import type { Lookup } from '../observer.ts'

interface Written {
  /** What was watched when we wrote: as soon as that is another, it is newer. */
  readonly over: unknown
  readonly status: unknown
}

export class LastStatus {
  readonly #look: Lookup
  #written = new Map<Ref, Written>()
  /** The same, from before the last sweep. */
  #older: ReadonlyMap<Ref, Written> = new Map()

  constructor(look: Lookup) {
    this.#look = look
  }

  of(ref: Ref): unknown {
    const watched = this.#look(ref)?.status
    const written = this.#written.get(ref) ?? this.#older.get(ref)
    return written !== undefined && written.over === watched ? written.status : watched
  }

  /** @param object as the API server answered to our patch. */
  wrote(ref: Ref, object: unknown): void {
    this.#written.set(ref, { over: this.#look(ref)?.status, status: isObject(object) ? object.status : undefined })
  }

  /**
   * Forgets what was written before the last sweep: the watch has long caught up. Somebody else's change may have come
   * before the answer to our own, and would otherwise be overlooked for ever.
   */
  sweep(): void {
    this.#older = this.#written
    this.#written = new Map()
  }
}
