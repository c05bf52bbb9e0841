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
import { RateKeyReader } from '../limits/rate-key.ts'
import type { RateLimit } from '../limits/rate-limit.ts'
import type { Filter } from '../types.ts'

export interface RateLimitDeps {
  limit(name: string): RateLimit
  /** Monotonic milliseconds, the same in all workers. */
  now(): number
}

export function rateLimit(spec: Extract<FilterSpec, { kind: 'rate-limit' }>, deps: RateLimitDeps): Filter {
  const exempt = new AddressSet(spec.exempt)
  const checks = spec.limits.map((use) => checkOf(use, spec.shadow, deps))
  return {
    onRequest: (exchange) => {
      if (exempt.has(exchange.clientAddress)) return undefined
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
function checkOf({ limit: name, on }: RateLimitUse, shadow: boolean, deps: RateLimitDeps): (e: Exchange) => number {
  const limit = deps.limit(name)
  const key = new RateKeyReader(on)
  return (exchange) => {
    const wait = limit.take(key.read(exchange, limit.seed), deps.now())
    if (wait === 0) limit.passed++
    else if (shadow) limit.shadowed++
    else limit.limited++
    return shadow ? 0 : wait
  }
}
