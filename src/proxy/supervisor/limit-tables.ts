/**
 * Memory for rate limits: a table for each, made when the limit appears and given to every worker, those that come
 * later included. A limit whose numbers change starts anew; all others keep what they know.
 */
import type { Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import type { RateLimitSpec } from '../../model/rate-limit.ts'
import { parseKey, type Update } from '../../model/snapshot.ts'
import type { LimitGrant } from '../messages.ts'
import { GcraTable, gcraMemory } from '../shared/gcra-table.ts'

const SWEEP_MS = 1_000

interface LiveTable {
  readonly grant: LimitGrant
  readonly table: GcraTable
  sweptAt: number
}

export class LimitTables {
  readonly #clock: Clock
  readonly #random: Random
  readonly #tables = new Map<string, LiveTable>()
  readonly stop: () => void

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
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
    const memory = gcraMemory(spec.keys, spec, now)
    const grant = { name, spec, memory, seed: Math.floor(this.#random() * 2 ** 32) }
    this.#tables.set(name, { grant, table: new GcraTable(memory, spec), sweptAt: now })
    return grant
  }

  /** Long before times are too old to be told from the future. */
  #sweep(): void {
    const now = this.#clock.now()
    for (const live of this.#tables.values()) {
      if (now - live.sweptAt < live.table.sweepMs / 4) continue
      live.table.sweep(now)
      live.sweptAt = now
    }
  }
}
