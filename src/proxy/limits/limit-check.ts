/** Asks one limit on behalf of one policy. */
import type { RateLimitUse } from '../../model/rate-limit.ts'
import type { Exchange } from '../exchange.ts'
import { conditionOf } from './condition.ts'
import type { Limit } from './limit.ts'
import type { Left } from './limit-fields.ts'
import { LimitKeyReader } from './limit-key.ts'

/** When it is worth trying again where only somebody's end makes room, and nobody knows when that comes. */
const SOON_MS = 1_000

export interface LimitCheck {
  /** @returns 0 where the request may pass; otherwise the milliseconds after which it is worth another try. */
  ask(exchange: Exchange): number
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
    this.#applies = conditionOf(init.use.when)
    this.#key = new LimitKeyReader(init.use)
  }

  ask(exchange: Exchange): number {
    const { limit, use, shadow, now } = this.#init
    if (limit.rate === undefined || !this.#applies(exchange)) return 0
    const cost = limit.share === undefined ? use.cost : limit.share.ask(use.cost)
    const wait = limit.rate.take(this.#key.read(exchange, limit.seed), now(), cost)
    limit.count(wait > 0, shadow)
    return shadow ? 0 : wait
  }

  settle(exchange: Exchange): void {
    const { limit, use, now } = this.#init
    if (use.costField === undefined) return
    const headers = exchange.responseHeaders!
    const said = Number(headers.get(use.costField.toLowerCase()) ?? '')
    headers.delete(use.costField)
    if (!(said > use.cost) || !this.#applies(exchange)) return
    const more = said - use.cost
    limit.rate?.charge(this.#key.read(exchange, limit.seed), now(), limit.share?.ask(more) ?? more)
  }

  left(exchange: Exchange): Left | undefined {
    const { limit, now } = this.#init
    if (limit.rate === undefined || !this.#applies(exchange)) return undefined
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
    this.#applies = conditionOf(init.use.when)
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
