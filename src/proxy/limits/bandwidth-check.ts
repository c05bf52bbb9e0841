/** How many bytes a second: nothing is refused, bodies pass more slowly. */
import type { Exchange } from '../exchange.ts'
import { ByteBudget } from './bandwidth/byte-budget.ts'
import { PacedDownstream } from './bandwidth/paced-downstream.ts'
import { PacedUpload } from './bandwidth/paced-upload.ts'
import { LimitCheck } from './limit-check.ts'

export class BandwidthCheck extends LimitCheck {
  override ask(exchange: Exchange): number {
    const { limit, use, shadow, now, deadlines } = this.init
    const isUpload = use.direction === 'request'
    if (limit.bandwidth === undefined || (isUpload && !exchange.hasBody) || !this.applies(exchange)) return 0
    const { hash, mark } = this.key.read(exchange, limit.seed)
    const budget = new ByteBudget({ limit, key: { hash, mark }, shadow, now })
    exchange.downstream = new (isUpload ? PacedUpload : PacedDownstream)({ exchange, budget, deadlines })
    exchange.whenFinished(() => this.count(exchange, budget.exceeded))
    return 0
  }
}
