/**
 * Refuses requests that come too often, with 429 and the time after which another one would pass (RFC 6585 section 4,
 * RFC 9110 section 10.2.3). Where there are several limits all of them have to have room; what the first ones took for a
 * request that a later one refuses is not given back, so a client that is over its limits does not gain by it.
 */
import { AddressSet } from '../../lib/cidr.ts'
import type { FilterSpec } from '../../model/filter.ts'
import type { RateLimitUse } from '../../model/rate-limit.ts'
import type { Exchange } from '../exchange.ts'
import { FAULTS } from '../faults.ts'
import { rateKey } from '../limits/rate-key.ts'
import type { RateLimit } from '../limits/rate-limit.ts'
import type { Filter } from '../types.ts'

export interface RateLimitDeps {
  limit(name: string): RateLimit
  /** Monotonic milliseconds, the same in all workers. */
  now(): number
}

export function rateLimit({ limits }: Extract<FilterSpec, { kind: 'rate-limit' }>, deps: RateLimitDeps): Filter {
  const checks = limits.map((use) => checkOf(use, deps))
  return {
    onRequest: (exchange) => {
      for (const check of checks) {
        const wait = check(exchange)
        if (wait === 0) continue
        const { status } = FAULTS['rate-limited']
        return { status, fault: 'rate-limited', headers: [['Retry-After', String(Math.ceil(wait / 1000))]] }
      }
      return undefined
    },
  }
}

/** @returns a function that gives 0 where the request may pass, milliseconds to wait otherwise. */
function checkOf({ limit: name, on, exempt, shadow }: RateLimitUse, deps: RateLimitDeps): (e: Exchange) => number {
  const limit = deps.limit(name)
  const key = rateKey(on)
  const free = new AddressSet(exempt)
  return (exchange) => {
    if (free.has(exchange.clientAddress)) return 0
    const wait = limit.take(key(exchange, limit.seed), deps.now())
    if (wait === 0) limit.passed++
    else if (shadow) limit.shadowed++
    else limit.limited++
    return shadow ? 0 : wait
  }
}
