/**
 * Refuses requests that come too often or are too many at a time, with 429 and the time after which another one is
 * worth a try (RFC 6585 section 4, RFC 9110 section 10.2.3), and has bodies pass at their pace. Where there are several
 * limits all of them have to have room; what the first ones took for a request that a later one refuses is not given
 * back, so a client that is over its limits does not gain by it.
 */
import { AddressSet } from '../../lib/cidr.ts'
import type { FilterSpec } from '../../model/filter.ts'
import type { LimitAnswer } from '../../model/rate-limit.ts'
import type { Deadlines } from '../deadlines.ts'
import type { Exchange } from '../exchange.ts'
import type { HeaderList } from '../headers.ts'
import { BandwidthCheck } from '../limits/bandwidth-check.ts'
import { ConcurrencyCheck } from '../limits/concurrency-check.ts'
import type { Limit } from '../limits/limit.ts'
import type { LimitCheck } from '../limits/limit-check.ts'
import { type FieldLine, limitFields } from '../limits/limit-fields.ts'
import { RateCheck } from '../limits/rate-check.ts'
import type { Reply } from '../sides.ts'
import type { Filter, Verdict } from '../types.ts'

export interface RateLimitDeps {
  limit(name: string): Limit
  /** Monotonic milliseconds, the same in all workers. */
  now(): number
  readonly deadlines: Deadlines
}

const CHECKS = { rate: RateCheck, concurrency: ConcurrencyCheck, bandwidth: BandwidthCheck } as const

type RateLimitFilterSpec = Extract<FilterSpec, { kind: 'rate-limit' }>

export function rateLimit({ exempt, limits, shadow, answer }: RateLimitFilterSpec, deps: RateLimitDeps): Filter {
  const exempted = new AddressSet(exempt)
  const common = { shadow, now: () => deps.now(), deadlines: deps.deadlines }
  const checks = limits.map((use) => new CHECKS[use.kind]({ use, limit: deps.limit(use.limit), ...common }))
  const tells = answer.fields.length > 0 && !shadow
  const told = (exchange: Exchange) => (tells ? fieldsOf(exchange, checks, answer) : [])
  const ask = (exchange: Exchange, from: number): Verdict | Promise<Verdict> => {
    for (let i = from; i < checks.length; i++) {
      const wait = checks[i]!.ask(exchange)
      if (typeof wait !== 'number') {
        return wait.then((ms) => (ms > 0 ? refusal(answer, ms, told(exchange)) : ask(exchange, i + 1)))
      }
      if (wait > 0) return refusal(answer, wait, told(exchange))
    }
    return undefined
  }
  const settles = limits.some(({ costField }) => costField !== undefined)
  return {
    onRequest: (exchange) => (exempted.has(exchange.clientAddress) ? undefined : ask(exchange, 0)),
    ...((tells || settles) && {
      onResponse: (exchange) => {
        if (exempted.has(exchange.clientAddress)) return
        for (const check of checks) check.settle(exchange)
        for (const [name, value] of told(exchange)) put(exchange.responseHeaders!, name, value)
      },
    }),
  }
}

/** The standard's fields are lists, to which several policies may add. */
function put(headers: HeaderList, name: string, value: string): void {
  if (name.startsWith('X-')) headers.set(name, value)
  else headers.add(name, value)
}

function fieldsOf(exchange: Exchange, checks: readonly LimitCheck[], { fields }: LimitAnswer): readonly FieldLine[] {
  const lefts = checks.flatMap((check) => check.left(exchange) ?? [])
  return limitFields(fields, lefts)
}

function refusal({ status, body }: LimitAnswer, wait: number, fields: readonly FieldLine[]): Reply {
  return {
    status,
    fault: 'rate-limited',
    headers: [['Retry-After', String(Math.ceil(wait / 1000))], ...fields],
    ...(body && { body }),
  }
}
