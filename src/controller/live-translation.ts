/**
 * The translation, kept true while the cluster changes. One that fails, which is a defect of ours, leaves a memory that
 * nothing is built upon any more: the next one begins with an empty one. The endpoints of what is served are followed
 * all the while.
 */
import type { Ref } from './api/kubernetes/metadata.ts'
import type { Inputs } from './translate/cluster-part.ts'
import { type Impact, Memory } from './translate/memory.ts'
import { assemble, draft, refreshEndpoints, type Translation } from './translate/translate.ts'
import type { Feed } from './translate/view.ts'

export class LiveTranslation {
  readonly #inputs: Inputs
  /** Of what is served. */
  #memory = new Memory()
  /** Of what is being translated; another one only after a failure. */
  #next = this.#memory
  #isSound = true
  #current: Translation | undefined

  constructor(inputs: Inputs) {
    this.#inputs = inputs
  }

  /** The last one of everything; `undefined` before the first. */
  get current(): Translation | undefined {
    return this.#current
  }

  /** What it refers to by name; the same set as before where none came or went. */
  get references(): ReadonlySet<Ref> {
    return this.#next.asked.byName
  }

  /** Hosts whose addresses DNS has to say. */
  get dnsHosts(): ReadonlySet<string> {
    return this.#memory.clusters.dnsHosts
  }

  /** These are not as they were. */
  note(changed: Iterable<Ref>): Impact {
    return this.#memory.note(changed)
  }

  /** The first half of a translation of everything: it is known what it refers to, and nothing else has changed. */
  draft(): void {
    this.#next = this.#isSound ? this.#memory : new Memory()
    this.#soundly(() => draft(this.#inputs, this.#next))
  }

  /** The other half. */
  assemble(): Translation {
    this.#current = this.#soundly(() => assemble(this.#inputs, this.#next))
    this.#memory = this.#next
    this.#isSound = true
    return this.#current
  }

  /** Endpoints alone, of what comes from these feeds. */
  refresh(feeds: ReadonlySet<Feed>): Pick<Translation, 'translated' | 'problems'> {
    return this.#soundly(() => refreshEndpoints(feeds, this.#inputs, this.#memory))
  }

  #soundly<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      this.#isSound = false
      throw error
    }
  }
}
