/**
 * What one translation leaves for the next: a part that would come out the same is not made again. In a cluster with
 * thousands of Ingresses nearly all of them are as they were. Objects are never changed, only replaced, so that inputs
 * are the same where they are the same object.
 */
import type { VirtualHostSpec } from '../../model/route.ts'
import { type Entry, entryOf } from '../../model/snapshot.ts'
import type { Ingress } from '../api/kubernetes/ingress.ts'
import type { Backend } from './backends.ts'
import type { Served } from './classes.ts'
import { type ClusterPart, gatherCluster, type Inputs, sourceOf } from './cluster-part.ts'
import { asksAlike, endpointAsks, placeOf } from './endpoint-asks.ts'
import type { Draft } from './ingress.ts'
import { KeptDraft } from './kept-draft.ts'
import type { Policies } from './policies.ts'
import type { Report } from './report.ts'

interface KeptHost {
  readonly spec: VirtualHostSpec
  readonly entry: Entry
}

interface KeptPart {
  readonly part: ClusterPart
  readonly source: unknown
}

/** Of translations with the same options. */
export class Memory {
  readonly #drafts = new WeakMap<Ingress, KeptDraft>()
  /** By their first route. */
  readonly #hosts = new WeakMap<object, KeptHost>()
  #parts: ReadonlyMap<string, KeptPart> = new Map()

  /** What an Ingress wants. What is wrong with it goes to the report, whether it is looked at anew or not. */
  draft(served: Served, inputs: Inputs, { policies, report }: { policies: Policies; report: Report }): Draft {
    const { ingress } = served
    const before = this.#drafts.get(ingress)
    const kept = before?.holds(served, inputs.view, policies) ? before : new KeptDraft(served, inputs, policies)
    this.#drafts.set(ingress, kept)
    policies.keep(ingress, kept.rules)
    report.add(kept.report)
    return kept.draft
  }

  host(spec: VirtualHostSpec): Entry {
    const [first] = spec.routes
    const before = first && this.#hosts.get(first)
    if (before !== undefined && isSame(before.spec, spec)) return before.entry
    const entry = entryOf('virtualHost', spec.host, spec)
    if (first !== undefined) this.#hosts.set(first, { spec, entry })
    return entry
  }

  /** Clusters with their endpoints. */
  parts(backends: readonly Backend[], inputs: Inputs, policies: Policies) {
    const next = new Map<string, KeptPart>()
    const here = placeOf(inputs.view, inputs.options)
    for (const backend of backends) {
      const before = this.#parts.get(backend.cluster)
      const source = sourceOf(backend, inputs.view)
      const asks = endpointAsks(`${backend.namespace}/${backend.service}`, policies, here)
      const isSame = before?.part.backend === backend && before.source === source && asksAlike(before.part.asks, asks)
      next.set(backend.cluster, isSame ? before : { part: gatherCluster(backend, asks, inputs), source })
    }
    this.#parts = next
    return [...next.values()].map(({ part }) => part)
  }
}

function isSame(a: VirtualHostSpec, b: VirtualHostSpec): boolean {
  return a.host === b.host && a.routes.length === b.routes.length && a.routes.every((route, i) => route === b.routes[i])
}
