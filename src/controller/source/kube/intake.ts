/** From what a reflector tells to objects for the store: what cannot be read keeps its last good state, loudly. */
import type { Problem } from '../../../model/problem.ts'
import { decodeObject } from '../../api/kubernetes/decode.ts'
import { type KubernetesObject, plainKind } from '../../api/kubernetes/kinds.ts'
import type { Ref } from '../../api/kubernetes/metadata.ts'
import { rawSubject, type Subject } from '../../api/kubernetes/subject.ts'
import type { Entry } from '../../store.ts'
import type { Change, Seen } from './known.ts'
import type { ResourceRow } from './resources.ts'
import { Shared } from './shared.ts'

export class Intake {
  /** Objects that were told and are in use. */
  readonly #used = new Set<Ref>()
  readonly #problems = new Map<Ref, readonly Problem[]>()
  readonly #unreadable = new Map<Ref, Subject>()
  readonly #shared = new Shared()
  #list: readonly Problem[] | undefined

  /** All there are; the same list as before where none came or went. */
  get problems(): readonly Problem[] {
    this.#list ??= [...this.#problems.values()].flat()
    return this.#list
  }

  /** An object that exists, and that cannot be read as it is now. */
  unreadable(ref: Ref): Subject | undefined {
    return this.#unreadable.get(ref)
  }

  take(
    row: ResourceRow,
    { upserts, removals }: Change,
  ): { readonly upserts: Entry[]; readonly removals: readonly Ref[] } {
    const entries = upserts.flatMap((seen) => this.#read(row, seen) ?? [])
    for (const { ref } of entries) {
      this.#used.add(ref)
      this.#mended(ref)
    }
    for (const ref of removals) {
      this.#used.delete(ref)
      this.#mended(ref)
    }
    return { upserts: entries, removals }
  }

  /** Of all kinds there are the most Pods by far. */
  #sharing(object: KubernetesObject): KubernetesObject {
    if (object.kind !== 'Pod') return object
    const { metadata, spec } = object
    const labels = this.#shared.ofMap(metadata.labels)
    return { ...object, metadata: { ...metadata, labels }, spec: this.#shared.of(spec) }
  }

  #read({ apiVersion, kind }: ResourceRow, { ref, object }: Seen): Entry | undefined {
    // The items of a list leave their kind to it.
    const decoded = decodeObject({ ...object, apiVersion, kind: plainKind(kind) }, { unknownFields: 'ignore' })
    if (decoded.outcome === 'object') return { ref, object: this.#sharing(decoded.object) }
    const fate = this.#used.has(ref) ? 'its last good state stays in use' : 'this object is not used'
    const [, namespace = '', name = ''] = ref.split('/')
    const complaints =
      decoded.outcome === 'unreadable' ? decoded.complaints : [{ field: '', message: 'it is not clear what this is' }]
    const problems = complaints.map(({ field, message }): Problem => {
      const at = { kind, namespace, name, ...(field === '' ? {} : { field }) }
      return { at, severity: 'error', reason: 'UnreadableObject', message: `${message}; ${fate}` }
    })
    this.#problems.set(ref, problems)
    this.#unreadable.set(ref, rawSubject(object))
    this.#list = undefined
    return undefined
  }

  #mended(ref: Ref): void {
    this.#unreadable.delete(ref)
    if (this.#problems.delete(ref)) this.#list = undefined
  }
}
