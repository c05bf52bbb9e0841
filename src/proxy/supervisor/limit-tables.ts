/**
 * Memory for limits: a table for each, made when the limit appears and given to every worker, those that come
 * later included. A limit whose numbers change starts anew; all others keep what they know.
 */
import type { Clock } from '../../lib/clock.ts'
import { type Random, randomSeed } from '../../lib/random.ts'
import type { RateLimitSpec } from '../../model/rate-limit.ts'
import { parseKey, type Update } from '../../model/snapshot.ts'
import type { LimitGrant } from '../messages.ts'
import { byteRate } from '../shared/byte-rate.ts'
import { concurrencyMemory, eraseConcurrency } from '../shared/concurrency-table.ts'
import { GcraTable, gcraMemory, type RateSpec } from '../shared/gcra-table.ts'
import { LimitShare, shareMemory } from '../shared/limit-share.ts'

const SWEEP_MS = 1_000

interface LiveTable {
  readonly grant: LimitGrant
  /** Of a rate, of requests or bytes: it has to be swept. */
  readonly table: GcraTable | undefined
  /** Of a rate that holds for all replicas together. */
  readonly share: LimitShare | undefined
  sweptAt: number
}

export interface LimitTablesInit {
  readonly clock: Clock
  readonly random: Random
  readonly workers: number
}

export class LimitTables {
  readonly #clock: Clock
  readonly #random: Random
  readonly #workers: number
  readonly #tables = new Map<string, LiveTable>()
  readonly stop: () => void

  constructor({ clock, random, workers }: LimitTablesInit) {
    this.#clock = clock
    this.#random = random
    this.#workers = workers
    this.stop = clock.every(SWEEP_MS, () => this.#sweep())
  }

  /** @returns what workers need of the limits in the update. */
  update({ upserts, removals }: Update): readonly LimitGrant[] {
    for (const key of removals) {
      const { kind, name } = parseKey(key)
      if (kind === 'rateLimit') this.#tables.delete(name)
    }
    return upserts.flatMap(([key, text]) => {
      const { kind, name } = parseKey(key)
      return kind === 'rateLimit' ? [this.#make(name, JSON.parse(text))] : []
    })
  }

  /** All of them, for a worker that is new. */
  grants(): readonly LimitGrant[] {
    return [...this.#tables.values()].map(({ grant }) => grant)
  }

  #make(name: string, spec: RateLimitSpec): LimitGrant {
    const now = this.#clock.now()
    const known = this.#tables.get(name)
    // An update may say again what is known: after a failure everything in doubt is sent once more.
    if (known !== undefined && JSON.stringify(known.grant.spec) === JSON.stringify(spec)) return known.grant
    const isInTime = spec.kind !== 'concurrency'
    const rate = isInTime ? rateOf(spec) : undefined
    const memory = isInTime ? gcraMemory(spec.keys, rateOf(spec), now) : concurrencyMemory(spec, this.#workers)
    const share = spec.kind === 'rate' && spec.ofCluster ? shareMemory() : undefined
    const grant = { name, spec, memory, ...(share && { share }), seed: randomSeed(this.#random) }
    this.#tables.set(name, {
      grant,
      table: rate && new GcraTable(memory, rate),
      share: rate && share && new LimitShare(share, rate.burst),
      sweptAt: now,
    })
    return grant
  }

  /** Forgets what a worker had under way that is no more. */
  erase(index: number): void {
    for (const { grant } of this.#tables.values()) {
      if (grant.spec.kind === 'concurrency') eraseConcurrency(grant.memory, grant.spec, index)
    }
  }

  /** Requests that limits of the whole cluster were asked for since this was asked last, by their names. */
  demands(): ReadonlyMap<string, number> {
    const shared = [...this.#tables].flatMap(([name, { share }]) =>
      share === undefined ? [] : [[name, share] as const],
    )
    return new Map(shared.map(([name, share]) => [name, share.takeDemand()]))
  }

  /** @param share what this replica may admit of a limit of the whole cluster, in (0, 1]. */
  share(name: string, share: number): void {
    this.#tables.get(name)?.share?.set(share)
  }

  /** Long before times are too old to be told from the future. */
  #sweep(): void {
    const now = this.#clock.now()
    for (const live of this.#tables.values()) {
      if (live.table === undefined || now - live.sweptAt < live.table.sweepMs / 4) continue
      live.table.sweep(now)
      live.sweptAt = now
    }
  }
}

/** What a limit in time makes of its numbers. */
function rateOf(spec: Exclude<RateLimitSpec, { kind: 'concurrency' }>): RateSpec {
  return spec.kind === 'bandwidth' ? byteRate(spec.bytesPerSecond) : spec
}
