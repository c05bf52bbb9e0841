/** The draft of an Ingress together with all it was made of, so that it is known whether it would come out the same. */
import type { BackendPolicy } from '../api/backend-policy.ts'
import type { Secret } from '../api/kubernetes/secret.ts'
import type { Service } from '../api/kubernetes/service.ts'
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
  readonly #basis: readonly unknown[]
  readonly #backends: readonly (readonly [service: string, policy: BackendPolicy | undefined])[]

  constructor(served: Served, { view, options }: Inputs, policies: Policies) {
    const { report } = this
    this.#asked = new AskedView(view)
    this.#basis = policies.basisOf(served)
    this.rules = policies.rulesFor(served, report)
    const backends = new Backends(this.#asked, options, report)
    this.draft = draftIngress(served.ingress, { view: this.#asked, report, backends, policies, rules: this.rules })
    this.#asked.close()
    this.#backends = servicesOf(this.draft).map((service) => [service, policies.ofBackend(service)])
  }

  /** Asks every question again, also so that whoever notes questions has them. */
  holds(served: Served, view: View, policies: Policies): boolean {
    const basis = policies.basisOf(served)
    return (
      this.#asked.answersAre(view) &&
      this.#basis.every((each, i) => each === basis[i]) &&
      this.#backends.every(([service, policy]) => policies.ofBackend(service) === policy)
    )
  }
}

function servicesOf({ claims, fallbacks }: Draft): string[] {
  const backends = [...claims, ...fallbacks].flatMap(({ backend }) => backend ?? [])
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
    return this.#answers.every(({ kind, namespace, name, object }) => view[kind](namespace, name) === object)
  }
}
