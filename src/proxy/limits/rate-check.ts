/** How often: asked of the table that all workers share, or of the store that all replicas share. */
import type { Exchange } from '../exchange.ts'
import { LimitCheck, SOON_MS } from './limit-check.ts'
import type { Left } from './limit-fields.ts'
import type { StoreQuestion } from './store/limit-store.ts'

export class RateCheck extends LimitCheck {
  override ask(exchange: Exchange): number | Promise<number> {
    const { limit, use } = this.init
    if (limit.rate === undefined || !this.applies(exchange)) return 0
    if (limit.store === undefined) return this.#counted(exchange, this.#askHere(exchange))
    const { onFailure } = limit.store
    const asked = limit.store.take(this.#question(exchange, use.cost))
    const instead = () => (onFailure === 'Share' ? this.#askHere(exchange) : onFailure === 'Allow' ? 0 : SOON_MS)
    if (asked === undefined) return this.#counted(exchange, instead())
    return asked.then((wait) => this.#counted(exchange, wait ?? instead()))
  }

  #askHere(exchange: Exchange): number {
    const { limit, use, now } = this.init
    // It may have gone while the store was asked.
    if (limit.rate === undefined) return 0
    const cost = limit.share === undefined ? use.cost : limit.share.ask(use.cost)
    return limit.rate.take(this.key.read(exchange, limit.seed), now(), cost)
  }

  #counted(exchange: Exchange, wait: number): number {
    this.count(exchange, wait > 0)
    return this.init.shadow ? 0 : wait
  }

  #question(exchange: Exchange, cost: number): StoreQuestion {
    const { limit } = this.init
    return { key: `${limit.name}:${this.key.digest(exchange)}`, rate: limit.ofCluster!, cost }
  }

  override settle(exchange: Exchange): void {
    const { limit, use, now } = this.init
    if (use.costField === undefined) return
    const headers = exchange.responseHeaders!
    const said = Number(headers.get(use.costField.toLowerCase()) ?? '')
    headers.delete(use.costField)
    if (!(said > use.cost) || !this.applies(exchange)) return
    const more = said - use.cost
    if (limit.store !== undefined) return limit.store.charge(this.#question(exchange, more))
    limit.rate?.charge(this.key.read(exchange, limit.seed), now(), limit.share?.ask(more) ?? more)
  }

  override left(exchange: Exchange): Left | undefined {
    const { limit, now } = this.init
    // What a store knows is not asked twice for one request.
    if (limit.rate === undefined || limit.store !== undefined || !this.applies(exchange)) return undefined
    const left = limit.rate.look(this.key.read(exchange, limit.seed), now())
    const here = (requests: number) => Math.floor(limit.share?.unscale(requests) ?? requests)
    return { ...left, name: limit.name, quota: here(left.quota), remaining: here(left.remaining) }
  }
}
