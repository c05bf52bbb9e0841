/**
 * What stands at the other end of references, as policies ask for it. Of an Ingress or a Service little matters to them:
 * the questions are kept, so that a change of one is a reason to look at policies again only where an answer is another.
 */
import { MultiMap } from '../../lib/multi-map.ts'
import type { Ingress } from '../api/kubernetes/ingress.ts'
import { type Ref, refOf } from '../api/kubernetes/metadata.ts'
import type { Standing } from './attachments.ts'
import type { Classes } from './classes.ts'
import type { View } from './view.ts'

interface Question {
  readonly ask: (view: View) => Standing
  readonly answer: Standing
}

export class Standings {
  readonly #view: View
  readonly #classes: Classes
  readonly #questions = new MultiMap<Ref, Question>()

  constructor(view: View, classes: Classes) {
    this.#view = view
    this.#classes = classes
  }

  /** What was asked about. */
  get asked(): Iterable<Ref> {
    return this.#questions.keys()
  }

  service(namespace: string, name: string): Standing {
    return this.#ask(refOf('Service', namespace, name), (view) =>
      view.service(namespace, name) === undefined ? 'missing' : 'ours',
    )
  }

  /** @param isMeant whether an Ingress has what is referred to. */
  ingress(namespace: string, name: string, isMeant: (ingress: Ingress) => boolean = () => true): Standing {
    return this.#ask(refOf('Ingress', namespace, name), (view) => {
      const ingress = view.ingress(namespace, name)
      if (ingress === undefined) return 'missing'
      if (this.#classes.served(ingress) === undefined) return 'foreign'
      return isMeant(ingress) ? 'ours' : 'missing'
    })
  }

  /** Whether all answers about an object would be the same; they are where nobody asked. */
  hold(ref: Ref, view: View): boolean {
    return [...this.#questions.get(ref)].every(({ ask, answer }) => ask(view) === answer)
  }

  #ask(ref: Ref, ask: Question['ask']): Standing {
    const answer = ask(this.#view)
    this.#questions.add(ref, { ask, answer })
    return answer
  }
}
