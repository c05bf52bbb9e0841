/** All limits of a worker, by name. A name that a route asks for before it is known limits nothing. */
import type { LimitGrant } from '../messages.ts'
import type { Sample } from '../metrics.ts'
import { GcraTable } from '../shared/gcra-table.ts'
import { RateLimit } from './rate-limit.ts'

export class LimitSet {
  readonly #limits = new Map<string, RateLimit>()

  get(name: string): RateLimit {
    return this.#limits.getOrInsertComputed(name, (missing) => new RateLimit(missing))
  }

  /** From now on this memory counts. */
  grant({ name, memory, spec, seed }: LimitGrant): void {
    const limit = this.get(name)
    limit.table = new GcraTable(memory, spec)
    limit.seed = seed
  }

  /** Routes that still ask for it are not limited any more. */
  remove(name: string): void {
    const limit = this.#limits.get(name)
    if (limit !== undefined) limit.table = undefined
    this.#limits.delete(name)
  }

  *samples(): Iterable<Sample> {
    for (const { name, passed, limited, shadowed } of this.#limits.values()) {
      const [namespace = '', policy = '', limit = ''] = name.split('/')
      for (const [decision, count] of Object.entries({ passed, limited, shadowed })) {
        yield ['sluice_rate_limit_decisions', [namespace, policy, limit, decision], count]
      }
    }
  }
}
