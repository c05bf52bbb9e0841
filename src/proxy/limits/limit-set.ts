/** All limits of a worker, by name. A name that a route asks for before it is known limits nothing. */
import type { LimitStoreSpec } from '../../model/limit-store.ts'
import type { LimitGrant, Offender } from '../messages.ts'
import type { Sample } from '../metrics.ts'
import { byteRate } from '../shared/byte-rate.ts'
import { ConcurrencyTable } from '../shared/concurrency-table.ts'
import { GcraTable } from '../shared/gcra-table.ts'
import { LimitShare } from '../shared/limit-share.ts'
import { Limit } from './limit.ts'
import { LimitStore, type OpenStore } from './store/limit-store.ts'

export interface LimitSetInit {
  /** Of this worker, in what all of them share. */
  readonly index: number
  readonly open: OpenStore
  /** Monotonic milliseconds. */
  readonly now: () => number
}

export class LimitSet {
  readonly #init: LimitSetInit
  readonly #limits = new Map<string, Limit>()
  /** Where limits of the whole cluster are counted. */
  #store: LimitStore | undefined = undefined

  constructor(init: LimitSetInit) {
    this.#init = init
  }

  get(name: string): Limit {
    return this.#limits.getOrInsertComputed(name, (missing) => new Limit(missing))
  }

  /** From now on this memory counts. */
  grant({ name, memory, spec, share, seed }: LimitGrant): void {
    const limit = this.get(name)
    const { index } = this.#init
    limit.rate = spec.kind === 'rate' ? new GcraTable(memory, spec) : undefined
    limit.concurrency = spec.kind === 'concurrency' ? new ConcurrencyTable(memory, spec, index) : undefined
    limit.bandwidth = spec.kind === 'bandwidth' ? new GcraTable(memory, byteRate(spec.bytesPerSecond)) : undefined
    limit.bytesPerSecond = spec.kind === 'bandwidth' ? spec.bytesPerSecond : Number.POSITIVE_INFINITY
    limit.share = spec.kind === 'rate' && share !== undefined ? new LimitShare(share, spec.burst) : undefined
    limit.ofCluster = spec.kind === 'rate' && spec.ofCluster ? spec : undefined
    limit.store = limit.ofCluster && this.#store
    limit.seed = seed
  }

  /** Routes that still ask for it are not limited any more. */
  remove(name: string): void {
    const limit = this.#limits.get(name)
    if (limit !== undefined) {
      limit.rate = undefined
      limit.concurrency = undefined
      limit.bandwidth = undefined
    }
    this.#limits.delete(name)
  }

  /** Limits of the whole cluster are counted there from now on; without one, replicas share them. */
  setStore(spec: LimitStoreSpec | undefined): void {
    this.#store?.close()
    this.#store = spec && new LimitStore(spec, this.#init.open, this.#init.now)
    for (const limit of this.#limits.values()) limit.store = limit.ofCluster && this.#store
  }

  /** Whom each limit refused most of late. */
  offenders(): readonly Offender[] {
    const now = this.#init.now()
    return [...this.#limits.values()].flatMap(({ name: limit, offenders }) => {
      const top = offenders?.top(now) ?? []
      return top.map(({ key, count: refused, error }): Offender => ({ limit, key: JSON.parse(key), refused, error }))
    })
  }

  *samples(): Iterable<Sample> {
    for (const { name, passed, limited, shadowed } of this.#limits.values()) {
      const [namespace = '', policy = '', limit = ''] = name.split('/')
      for (const [decision, count] of Object.entries({ passed, limited, shadowed })) {
        yield ['sluice_rate_limit_decisions', [namespace, policy, limit, decision], count]
      }
    }
    if (this.#store === undefined) return
    yield ['sluice_limit_store_questions', ['answered'], this.#store.answered]
    yield ['sluice_limit_store_questions', ['failed'], this.#store.failed]
  }
}
