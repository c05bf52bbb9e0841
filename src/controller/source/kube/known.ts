/** Which version of each object was told last. Little is kept of each, since there may be very many. */
import { hash } from 'node:crypto'
import { isObject } from '../../../lib/shape.ts'
import { type Ref, refOf } from '../../api/kubernetes/metadata.ts'
import { Garbled } from './errors.ts'
import type { RawObject } from './trim.ts'

/** One object of a kind as the server gave it: which one, which version, and what is kept of it. */
export interface Seen {
  readonly ref: Ref
  readonly version: string
  readonly object: RawObject
}

export interface Change {
  readonly upserts: readonly Seen[]
  readonly removals: readonly Ref[]
}

interface Told {
  readonly version: string
  /** Of what is kept: most changes of an object are of the rest. */
  readonly digest: string
}

export class Known {
  readonly #told = new Map<Ref, Told>()

  get size(): number {
    return this.#told.size
  }

  /** Does this version of this object have to be looked at? `resourceVersion` is opaque: it can only be compared. */
  isNew({ ref, version }: Pick<Seen, 'ref' | 'version'>): boolean {
    return this.#told.get(ref)?.version !== version
  }

  /** Takes note of an object; says whether what is kept of it differs from what was told. */
  note({ ref, version, object }: Seen): boolean {
    const digest = hash('sha1', JSON.stringify(object), 'base64')
    const before = this.#told.get(ref)
    this.#told.set(ref, { version, digest })
    return before?.digest !== digest
  }

  forget(ref: Ref): boolean {
    return this.#told.delete(ref)
  }

  /** Nobody knows whether a change of these was taken in: the next list has to tell them anew, or that they are gone. */
  doubt(refs: Iterable<Ref>): void {
    for (const ref of refs) this.#told.set(ref, { version: '', digest: '' })
  }

  /** Those that were told and are not among these: they vanished while nobody looked. */
  missing(present: ReadonlySet<Ref>): Ref[] {
    return [...this.#told.keys()].filter((ref) => !present.has(ref))
  }
}

/** @throws Garbled where it cannot be told which object this is. */
export function identify(kind: string, raw: unknown): Pick<Seen, 'ref' | 'version'> & { readonly raw: RawObject } {
  const metadata = isObject(raw) && isObject(raw.metadata) ? raw.metadata : {}
  const { name, namespace = '', resourceVersion } = metadata
  if (typeof name !== 'string' || typeof namespace !== 'string' || typeof resourceVersion !== 'string') {
    throw new Garbled(`the API server sent a ${kind} without name or resourceVersion`)
  }
  return { ref: refOf(kind, namespace, name), version: resourceVersion, raw: raw as RawObject }
}
