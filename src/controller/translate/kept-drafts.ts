/** The drafts of all Ingresses that are ours, made anew where something they were made of changed. */
import type { Ingress } from '../api/kubernetes/ingress.ts'
import { type Ref, refOf } from '../api/kubernetes/metadata.ts'
import type { Asked } from './asked.ts'
import type { Classes } from './classes.ts'
import type { Inputs } from './cluster-part.ts'
import { KeptDraft } from './kept-draft.ts'
import type { Policies } from './policies.ts'
import type { RouteRules } from './route-rules.ts'

/** A draft that is another than the one before; `undefined` where the Ingress was not ours, or is not any more. */
export interface Redrafted {
  readonly ref: Ref
  readonly before: KeptDraft | undefined
  readonly after: KeptDraft | undefined
}

export interface DraftInputs extends Inputs {
  readonly classes: Classes
  readonly policies: Policies
}

export class KeptDrafts {
  readonly #asked: Asked
  readonly #drafts = new Map<Ref, KeptDraft>()
  /** Those of which a canary means a route. */
  readonly #canaries = new Map<Ref, KeptDraft>()
  /** What these drafts were when somebody last looked. */
  readonly #before = new Map<Ref, KeptDraft | undefined>()
  #policies: Policies | undefined

  constructor(asked: Asked) {
    this.#asked = asked
  }

  /** What holds for the routes of an Ingress that is ours. */
  rules(namespace: string, name: string): RouteRules | undefined {
    return this.#drafts.get(refOf('Ingress', namespace, name))?.rules
  }

  /** Drafts of which a canary means a route. */
  get withCanaries(): readonly KeptDraft[] {
    return [...this.#canaries.values()]
  }

  /** @param stale Ingresses that changed, or that asked for something which did. */
  update(stale: Iterable<Ref>, inputs: DraftInputs): void {
    for (const ref of stale) this.#draft(ref, lookUp(ref, inputs), inputs)
    if (inputs.policies === this.#policies) return
    this.#policies = inputs.policies
    for (const ingress of inputs.view.ingresses()) {
      const { kind, metadata } = ingress
      const ref = refOf(kind, metadata.namespace, metadata.name)
      if (!this.#holds(ref, ingress, inputs)) this.#draft(ref, ingress, inputs)
    }
  }

  /** What came, went and is another since the last time that somebody asked. */
  takeRedrafted(): readonly Redrafted[] {
    const redrafted = [...this.#before].map(([ref, before]) => ({ ref, before, after: this.#drafts.get(ref) }))
    this.#before.clear()
    return redrafted
  }

  #holds(ref: Ref, ingress: Ingress, { classes, policies }: DraftInputs): boolean {
    const served = classes.served(ingress)
    const draft = this.#drafts.get(ref)
    return served === undefined ? draft === undefined : draft?.holds(served, policies) === true
  }

  #draft(ref: Ref, ingress: Ingress | undefined, inputs: DraftInputs): void {
    const before = this.#drafts.get(ref)
    const served = ingress && inputs.classes.served(ingress)
    if (served === undefined && before === undefined) return
    if (!this.#before.has(ref)) this.#before.set(ref, before)
    const draft = served && new KeptDraft(served, inputs, inputs.policies)
    this.#asked.note(ref, draft?.asked ?? [])
    if (draft === undefined) this.#drafts.delete(ref)
    else this.#drafts.set(ref, draft)
    if (draft === undefined || draft.canaries.length === 0) this.#canaries.delete(ref)
    else this.#canaries.set(ref, draft)
  }
}

function lookUp(ref: Ref, { view }: Inputs): Ingress | undefined {
  const [, namespace = '', name = ''] = ref.split('/')
  return view.ingress(namespace, name)
}
