/** All canaries of a worker, by name. One that a route asks for before it is known sends everything to the primary. */
import type { Random } from '../../lib/random.ts'
import type { CanarySpec } from '../../model/canary.ts'
import type { CanaryGrant } from '../messages.ts'
import { LiveCanary } from './live-canary.ts'

export interface CanarySetInit {
  readonly random: Random
  /** Whose cells are written. */
  readonly worker: number
}

export class CanarySet {
  readonly #init: CanarySetInit
  readonly #canaries = new Map<string, LiveCanary>()

  constructor(init: CanarySetInit) {
    this.#init = init
  }

  get(name: string): LiveCanary {
    return this.#canaries.getOrInsertComputed(name, () => new LiveCanary(name, this.#init.random))
  }

  set(name: string, spec: CanarySpec): void {
    this.get(name).set(spec)
  }

  grant({ name, memory, variants }: CanaryGrant): void {
    this.get(name).grant(memory, variants, this.#init.worker)
  }

  remove(name: string): void {
    this.#canaries.delete(name)
  }
}
