/** The draft of an Ingress together with all it was made of, so that it is known whether it would come out the same. */
import type { Policy } from '../api/kubernetes/kinds.ts'
import type { Ref } from '../api/kubernetes/metadata.ts'
import { NotingView } from './asked.ts'
import { type Backend, Backends } from './backends.ts'
import type { CanaryHit } from './canaries.ts'
import { reportClass, type Served } from './classes.ts'
import type { Inputs } from './cluster-part.ts'
import { type Draft, draftIngress } from './ingress.ts'
import { askForLink } from './link.ts'
import type { Policies } from './policies.ts'
import { Report } from './report.ts'
import type { RouteRules } from './route-rules.ts'
import { type Stake, stakesOf } from './stakes.ts'

export class KeptDraft {
  readonly served: Served
  readonly stakes: readonly Stake[]
  readonly rules: RouteRules
  /** Canaries that mean a route of it. */
  readonly canaries: readonly CanaryHit[]
  readonly report = new Report()
  /** What it was made of beside the Ingress; when one of these changes, it has to be made anew. */
  readonly asked: readonly Ref[]
  readonly #defaults: string
  readonly #services: readonly string[]
  readonly #attached: readonly (Policy | undefined)[]

  constructor(served: Served, { view, options }: Inputs, policies: Policies) {
    const { report } = this
    const { ingress } = served
    const noting = new NotingView(view)
    this.served = served
    reportClass(served, report)
    this.#defaults = policies.defaultsOf(served)
    this.rules = policies.rulesFor(served, report)
    const backends = new Backends(noting, options, report)
    const draft = draftIngress(served, { view: noting, report, backends, policies, rules: this.rules })
    this.stakes = stakesOf(ingress, draft)
    this.canaries = draft.canaries
    const ledTo = backendsOf(draft)
    for (const backend of ledTo) askForLink(backend, noting, policies)
    this.asked = [...noting.asked]
    this.#services = [...new Set(ledTo.map(({ namespace, service }) => `${namespace}/${service}`))]
    this.#attached = policies.attachedTo(served, this.#services)
  }

  /** Whether it would come out the same, as long as nothing that it asked for changed. */
  holds({ ingress, className, isAssumed }: Served, policies: Policies): boolean {
    const { served } = this
    if (served.ingress !== ingress || served.className !== className || served.isAssumed !== isAssumed) return false
    if (policies.defaultsOf(served) !== this.#defaults) return false
    const attached = policies.attachedTo(served, this.#services)
    return attached.length === this.#attached.length && attached.every((policy, i) => policy === this.#attached[i])
  }
}

/** Of each cluster one. */
function backendsOf({ claims, fallbacks }: Draft): readonly Backend[] {
  const backends = [...claims, ...fallbacks].flatMap(({ backends }) => backends)
  return [...new Map(backends.map((backend) => [backend.cluster, backend])).values()]
}
