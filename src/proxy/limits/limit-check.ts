/** What a limit is asked on behalf of a policy, for one request after the other. */
import type { RateLimitUse } from '../../model/rate-limit.ts'
import type { Deadlines } from '../deadlines.ts'
import type { Exchange } from '../exchange.ts'
import { type RequestTest, requestTest } from '../request-test.ts'
import type { Limit } from './limit.ts'
import type { Left } from './limit-fields.ts'
import { LimitKeyReader } from './limit-key.ts'
import { Offenders } from './offenders.ts'

/** When it is worth trying again where nobody knows what makes room, and when. */
export const SOON_MS = 1_000

export interface CheckInit {
  readonly use: RateLimitUse
  readonly limit: Limit
  readonly shadow: boolean
  /** Monotonic milliseconds, the same in all workers. */
  readonly now: () => number
  readonly deadlines: Deadlines
}

export abstract class LimitCheck {
  protected readonly init: CheckInit
  /** Whether a request is one of those that are limited. */
  protected readonly applies: RequestTest
  protected readonly key: LimitKeyReader

  constructor(init: CheckInit) {
    this.init = init
    this.applies = requestTest(init.use.when ?? {})
    this.key = new LimitKeyReader(init.use)
  }

  /** @returns 0 where the request may pass; otherwise the milliseconds after which it is worth another try. */
  abstract ask(exchange: Exchange): number | Promise<number>

  /** Counts what became of a request, and for whom there was no room. */
  protected count(exchange: Exchange, isOver: boolean): void {
    const { limit, use, shadow, now } = this.init
    limit.count(isOver, shadow)
    if (!isOver || use.on.length === 0) return
    limit.offenders ??= new Offenders(now())
    limit.offenders.add(this.key.describe(exchange), now())
  }

  /** Takes what the answer says that the request cost. */
  settle(_exchange: Exchange): void {}

  /** What is left for whoever sent this; nothing where it is not limited, or where nobody can say. */
  left(_exchange: Exchange): Left | undefined {
    return undefined
  }
}
