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
  readonly #written = new Map<Ref, Written>()

  constructor(look: Lookup) {
    this.#look = look
  }

  of(ref: Ref): unknown {
    const watched = this.#look(ref)?.status
    const written = this.#written.get(ref)
    if (written === undefined) return watched
    if (written.over === watched) return written.status
    this.#written.delete(ref)
    return watched
  }

  /** Forgets what the watch has caught up with, objects that are gone included. */
  sweep(): void {
    for (const [ref, { over }] of this.#written) if (this.#look(ref)?.status !== over) this.#written.delete(ref)
  }

  /** @param object as the API server answered to our patch. */
  wrote(ref: Ref, object: unknown): void {
    this.#written.set(ref, { over: this.#look(ref)?.status, status: isObject(object) ? object.status : undefined })
  }
}
