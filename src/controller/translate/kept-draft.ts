/** The draft of an Ingress together with all it was made of, so that it is known whether it would come out the same. */
import type { BackendPolicy } from '../api/backend-policy.ts'
import type { CanaryPolicy } from '../api/canary-policy.ts'
import type { Secret } from '../api/kubernetes/secret.ts'
import type { Service } from '../api/kubernetes/service.ts'
import type { RateLimitPolicy } from '../api/rate-limit-policy.ts'
import type { RoutePolicy } from '../api/route-policy.ts'
import { Backends } from './backends.ts'
import type { Served } from './classes.ts'
import type { Inputs } from './cluster-part.ts'
import { type Draft, draftIngress } from './ingress.ts'
import type { Policies } from './policies.ts'
import { Report } from './report.ts'
import type { RouteRules } from './route-rules.ts'
import type { View } from './view.ts'

export class KeptDraft {
  readonly draft: Draft
  readonly rules: RouteRules
  readonly report = new Report()
  readonly #asked: AskedView
  readonly #policy: RoutePolicy | undefined
  readonly #services: readonly string[]
  readonly #limits: readonly RateLimitPolicy[]
  readonly #defaults: string
  readonly #backends: readonly SaidOfService[]

  constructor(served: Served, { view, options }: Inputs, policies: Policies) {
    const { report } = this
    this.#asked = new AskedView(view)
    this.#policy = policies.policyOf(served.ingress)
    this.#defaults = policies.defaultsOf(served)
    this.rules = policies.rulesFor(served, report)
    const backends = new Backends(this.#asked, options, report)
    this.draft = draftIngress(served, { view: this.#asked, report, backends, policies, rules: this.rules })
    this.#asked.close()
    this.#services = servicesOf(this.draft)
    this.#limits = policies.limits.concerning(served, this.#services)
    this.#backends = this.#services.map((service) => {
      return { service, policy: policies.ofBackend(service), canaries: policies.canaries.of(service) }
    })
  }

  /** Asks every question again, also so that whoever notes questions has them. */
  holds(served: Served, view: View, policies: Policies): boolean {
    // Loops, and no lists: this is asked of every Ingress each time.
    if (!this.#asked.answersAre(view)) return false
    if (policies.policyOf(served.ingress) !== this.#policy) return false
    if (!areSame(policies.limits.concerning(served, this.#services), this.#limits)) return false
    if (policies.defaultsOf(served) !== this.#defaults) return false
    for (const { service, policy, canaries } of this.#backends) {
      if (policies.ofBackend(service) !== policy || !areSame(policies.canaries.of(service), canaries)) return false
    }
    return true
  }
}

interface SaidOfService {
  readonly service: string
  readonly policy: BackendPolicy | undefined
  readonly canaries: readonly CanaryPolicy[]
}

/** Nearly always there are none, which is one and the same list. */
function areSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((each, i) => each === b[i]))
}

function servicesOf({ claims, fallbacks }: Draft): string[] {
  const backends = [...claims, ...fallbacks].flatMap(({ backends }) => backends)
  return [...new Set(backends.map(({ namespace, service }) => `${namespace}/${service}`))]
}

interface Answer {
  readonly kind: 'service' | 'secret'
  readonly namespace: string
  readonly name: string
  readonly object: Service | Secret | undefined
}

/** A view that remembers its answers. */
class AskedView implements Pick<View, 'service' | 'secret'> {
  #view: View | undefined
  readonly #answers: Answer[] = []

  constructor(view: View) {
    this.#view = view
  }

  service(namespace: string, name: string): Service | undefined {
    const object = this.#view?.service(namespace, name)
    this.#answers.push({ kind: 'service', namespace, name, object })
    return object
  }

  secret(namespace: string, name: string): Secret | undefined {
    const object = this.#view?.secret(namespace, name)
    this.#answers.push({ kind: 'secret', namespace, name, object })
    return object
  }

  /** Nothing more is asked; the view itself is not kept. */
  close(): void {
    this.#view = undefined
  }

  answersAre(view: View): boolean {
    for (const { kind, namespace, name, object } of this.#answers) {
      if (view[kind](namespace, name) !== object) return false
    }
    return true
  }
}
