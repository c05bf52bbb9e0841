/** One canary in one worker: where each request belongs, and what became of it. Replaced in place when weights change. */
import type { Random } from '../../lib/random.ts'
import { type CanarySpec, PRIMARY } from '../../model/canary.ts'
import { cookieOf, isSessionId, newSessionId, setCookie } from '../cookie.ts'
import type { Exchange } from '../exchange.ts'
import { type RequestTest, requestTest } from '../request-test.ts'
import { VariantCells, type VariantMemory } from '../shared/variant-counts.ts'
import { assignmentKey } from './assignment-key.ts'
import { Mirror } from './mirror.ts'
import { Shares } from './shares.ts'
import { VariantRecord } from './variant-record.ts'

export class LiveCanary {
  readonly mirror: Mirror
  readonly #name: string
  readonly #random: Random
  readonly #records = new Map<string, VariantRecord>()
  #matches: readonly { readonly variant: string; readonly test: RequestTest }[] = []
  #shares: Shares
  #key: (exchange: Exchange) => string = () => ''

  /** Until it is told more, the primary gets everything. */
  constructor(name: string, random: Random) {
    this.#name = name
    this.#random = random
    this.mirror = new Mirror(random)
    this.#shares = new Shares(name, [])
  }

  set({ matches, key, cookie, variants, mirror }: CanarySpec): void {
    this.mirror.percent = mirror?.percent ?? 0
    this.#matches = matches.map((match) => ({ variant: match.variant, test: requestTest(match) }))
    this.#shares = new Shares(this.#name, variants)
    this.#key = key === 'session' ? this.#session(cookie) : assignmentKey(key)
  }

  /** From now on this memory counts. @param variants in its order, behind the primary. */
  grant(memory: VariantMemory, variants: readonly string[], worker: number): void {
    for (const [number, name] of [PRIMARY, ...variants].entries()) {
      this.record(name).cells = new VariantCells(memory, number, worker)
    }
  }

  /** Where a variant is counted. */
  record(variant: string): VariantRecord {
    return this.#records.getOrInsertComputed(variant, () => new VariantRecord())
  }

  /** The variant of a request, or the primary: by the first match that fits, else by the share of each. */
  choose(exchange: Exchange): string {
    for (const { variant, test } of this.#matches) {
      if (!test(exchange)) continue
      exchange.asksForVariant = true
      return variant
    }
    const { all } = this.#shares
    return all ?? this.#shares.of(this.#key(exchange))
  }

  /** Known by a cookie of ours; whoever has none yet is given one with the answer. */
  #session({ name, maxAgeS } = { name: '', maxAgeS: 0 }): (exchange: Exchange) => string {
    return (exchange) => {
      const given = cookieOf(exchange.requestHeaders, name)
      if (given !== undefined && isSessionId(given)) return given
      const session = newSessionId(this.#random)
      exchange.canaryCookie = setCookie({ name, value: session, path: '/', maxAgeS, sameSite: 'Lax' }, exchange.scheme)
      return session
    }
  }
}
