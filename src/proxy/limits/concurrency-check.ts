/** How many at a time. How many others are under way says nothing of what a client may do next, so nothing is told. */
import type { Exchange } from '../exchange.ts'
import { LimitCheck, SOON_MS } from './limit-check.ts'

export class ConcurrencyCheck extends LimitCheck {
  override ask(exchange: Exchange): number {
    const { limit, shadow } = this.init
    const table = limit.concurrency
    if (table === undefined || !this.applies(exchange)) return 0
    const key = this.key.read(exchange, limit.seed)
    const entered = table.enter(key)
    this.count(exchange, entered < 0)
    if (entered < 0 && !shadow) return SOON_MS
    const cell = entered < 0 ? table.force(key) : entered
    exchange.whenFinished(() => table.leave(cell))
    return 0
  }
}
