/** All canaries of a worker, by name. One that a route asks for before it is known sends everything to the primary. */
import type { Random } from '../../lib/random.ts'
import type { CanarySpec } from '../../model/canary.ts'
import type { CanaryGrant } from '../messages.ts'
import type { Sample } from '../metrics.ts'
import { LiveCanary } from './live-canary.ts'
import { MIRROR_OUTCOMES } from './mirror.ts'

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

  *samples(): Iterable<Sample> {
    for (const [name, { mirror }] of this.#canaries) {
      const [namespace = '', policy = ''] = name.split('/')
      if (mirror.percent === 0) continue
      for (const outcome of MIRROR_OUTCOMES) {
        yield ['sluice_canary_mirrored_requests', [namespace, policy, outcome], mirror.outcomes[outcome]]
      }
    }
  }
}
