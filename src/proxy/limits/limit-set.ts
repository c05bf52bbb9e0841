/** All limits of a worker, by name. A name that a route asks for before it is known limits nothing. */
import type { LimitGrant } from '../messages.ts'
import type { Sample } from '../metrics.ts'
import { ConcurrencyTable } from '../shared/concurrency-table.ts'
import { GcraTable } from '../shared/gcra-table.ts'
import { LimitShare } from '../shared/limit-share.ts'
import { Limit } from './limit.ts'

export class LimitSet {
  readonly #limits = new Map<string, Limit>()
  /** Of this worker, in what all of them share. */
  readonly #index: number

  constructor(index: number) {
    this.#index = index
  }

  get(name: string): Limit {
    return this.#limits.getOrInsertComputed(name, (missing) => new Limit(missing))
  }

  /** From now on this memory counts. */
  grant({ name, memory, spec, share, seed }: LimitGrant): void {
    const limit = this.get(name)
    limit.rate = spec.kind === 'rate' ? new GcraTable(memory, spec) : undefined
    limit.concurrency = spec.kind === 'concurrency' ? new ConcurrencyTable(memory, spec, this.#index) : undefined
    limit.share = spec.kind === 'rate' && share !== undefined ? new LimitShare(share, spec.burst) : undefined
    limit.seed = seed
  }

  /** Routes that still ask for it are not limited any more. */
  remove(name: string): void {
    const limit = this.#limits.get(name)
    if (limit !== undefined) {
      limit.rate = undefined
      limit.concurrency = undefined
    }
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
