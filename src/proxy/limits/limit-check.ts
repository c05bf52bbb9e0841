/** Asks one limit on behalf of one policy. */
import type { RateLimitUse } from '../../model/rate-limit.ts'
import type { Exchange } from '../exchange.ts'
import { requestTest } from '../request-test.ts'
import type { Limit } from './limit.ts'
import type { Left } from './limit-fields.ts'
import { LimitKeyReader } from './limit-key.ts'
import type { StoreQuestion } from './store/limit-store.ts'

/** When it is worth trying again where only somebody's end makes room, and nobody knows when that comes. */
const SOON_MS = 1_000

export interface LimitCheck {
  /** @returns 0 where the request may pass; otherwise the milliseconds after which it is worth another try. */
  ask(exchange: Exchange): number | Promise<number>
  /** Takes what the answer says that the request cost. */
  settle(exchange: Exchange): void
  /** What is left for whoever sent this; nothing where it is not limited. */
  left(exchange: Exchange): Left | undefined
}

export interface CheckInit {
  readonly use: RateLimitUse
  readonly limit: Limit
  readonly shadow: boolean
  /** Monotonic milliseconds, the same in all workers. */
  readonly now: () => number
}

export function limitCheck(init: CheckInit): LimitCheck {
  return init.use.kind === 'rate' ? new RateCheck(init) : new ConcurrencyCheck(init)
}

class RateCheck implements LimitCheck {
  readonly #init: CheckInit
  readonly #applies: (exchange: Exchange) => boolean
  readonly #key: LimitKeyReader

  constructor(init: CheckInit) {
    this.#init = init
    this.#applies = requestTest(init.use.when ?? {})
    this.#key = new LimitKeyReader(init.use)
  }

  ask(exchange: Exchange): number | Promise<number> {
    const { limit, use } = this.#init
    if (limit.rate === undefined || !this.#applies(exchange)) return 0
    if (limit.store === undefined) return this.#counted(this.#askHere(exchange))
    const { onFailure } = limit.store
    const asked = limit.store.take(this.#question(exchange, use.cost))
    const instead = () => (onFailure === 'Share' ? this.#askHere(exchange) : onFailure === 'Allow' ? 0 : SOON_MS)
    if (asked === undefined) return this.#counted(instead())
    return asked.then((wait) => this.#counted(wait ?? instead()))
  }

  #askHere(exchange: Exchange): number {
    const { limit, use, now } = this.#init
    // It may have gone while the store was asked.
    if (limit.rate === undefined) return 0
    const cost = limit.share === undefined ? use.cost : limit.share.ask(use.cost)
    return limit.rate.take(this.#key.read(exchange, limit.seed), now(), cost)
  }

  #counted(wait: number): number {
    const { limit, shadow } = this.#init
    limit.count(wait > 0, shadow)
    return shadow ? 0 : wait
  }

  #question(exchange: Exchange, cost: number): StoreQuestion {
    const { limit } = this.#init
    return { key: `${limit.name}:${this.#key.digest(exchange)}`, rate: limit.ofCluster!, cost }
  }

  settle(exchange: Exchange): void {
    const { limit, use, now } = this.#init
    if (use.costField === undefined) return
    const headers = exchange.responseHeaders!
    const said = Number(headers.get(use.costField.toLowerCase()) ?? '')
    headers.delete(use.costField)
    if (!(said > use.cost) || !this.#applies(exchange)) return
    const more = said - use.cost
    if (limit.store !== undefined) return limit.store.charge(this.#question(exchange, more))
    limit.rate?.charge(this.#key.read(exchange, limit.seed), now(), limit.share?.ask(more) ?? more)
  }

  left(exchange: Exchange): Left | undefined {
    const { limit, now } = this.#init
    // What a store knows is not asked twice for one request.
    if (limit.rate === undefined || limit.store !== undefined || !this.#applies(exchange)) return undefined
    const left = limit.rate.look(this.#key.read(exchange, limit.seed), now())
    const here = (requests: number) => Math.floor(limit.share?.unscale(requests) ?? requests)
    return { ...left, name: limit.name, quota: here(left.quota), remaining: here(left.remaining) }
  }
}

class ConcurrencyCheck implements LimitCheck {
  readonly #init: CheckInit
  readonly #applies: (exchange: Exchange) => boolean
  readonly #key: LimitKeyReader

  constructor(init: CheckInit) {
    this.#init = init
    this.#applies = requestTest(init.use.when ?? {})
    this.#key = new LimitKeyReader(init.use)
  }

  ask(exchange: Exchange): number {
    const { limit, shadow } = this.#init
    const table = limit.concurrency
    if (table === undefined || !this.#applies(exchange)) return 0
    const key = this.#key.read(exchange, limit.seed)
    const entered = table.enter(key)
    limit.count(entered < 0, shadow)
    if (entered < 0 && !shadow) return SOON_MS
    const cell = entered < 0 ? table.force(key) : entered
    exchange.whenFinished(() => table.leave(cell))
    return 0
  }

  settle(): void {}

  /** How many others are under way says nothing of what this client may do next. */
  left(): undefined {}
}
