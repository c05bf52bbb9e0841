/** What a RateLimitPolicy costs a request that it is asked about: `node bench/micro/rate-limit.ts`. */
import { FakeClock } from '../../src/lib/clock.ts'
import type { RateLimitUse } from '../../src/model/rate-limit.ts'
import { Deadlines } from '../../src/proxy/deadlines.ts'
import type { Exchange } from '../../src/proxy/exchange.ts'
import { rateLimit } from '../../src/proxy/filters/rate-limit.ts'
import { HeaderList } from '../../src/proxy/headers.ts'
import { Limit } from '../../src/proxy/limits/limit.ts'
import { GcraTable, gcraMemory } from '../../src/proxy/shared/gcra-table.ts'
import { LimitShare, shareMemory } from '../../src/proxy/shared/limit-share.ts'
import { report } from './measure.ts'

const CLIENTS = 1_000
const PLENTY = 1_000_000
const TOKEN = `h.${Buffer.from('{"sub":"ada","tenant":"blue"}').toString('base64url')}.s`
const NETWORKS = { ipv4: 32, ipv6: 64 }

const deadlines = new Deadlines(new FakeClock())
/** Moved on by the runs themselves. */
let now = 0

interface Given {
  readonly use?: Partial<RateLimitUse>
  readonly limits?: number
  readonly exempt?: readonly string[]
  readonly address?: (n: number) => string
  readonly shared?: boolean
  /** Requests a second, far more than come unless given. */
  readonly rate?: number
}

function ask({
  use = {},
  limits = 1,
  exempt = [],
  address = ipv4,
  shared = false,
  rate = PLENTY,
}: Given): (n: number) => unknown {
  const named = new Map<string, Limit>()
  const uses = Array.from({ length: limits }, (_, i): RateLimitUse => {
    return { limit: `shop/fair/${i}`, kind: 'rate', on: ['client'], networks: NETWORKS, cost: 1, ...use }
  })
  const limitOf = (name: string) => named.getOrInsertComputed(name, () => limitWith(name, { shared, rate }))
  const answer = { status: 429, fields: [] }
  const filter = { kind: 'rate-limit', limits: uses, exempt, shadow: false, answer } as const
  const { onRequest } = rateLimit(filter, { limit: limitOf, now: () => now, deadlines })
  const exchanges = Array.from({ length: CLIENTS }, (_, n) => exchangeOf(address(n)))
  return (n) => {
    now += 0.01
    return onRequest!(exchanges[n % CLIENTS]!)
  }
}

function limitWith(name: string, { shared, rate }: Required<Pick<Given, 'shared' | 'rate'>>): Limit {
  const limit = new Limit(name)
  const spec = { requests: rate, perMs: 1_000, burst: rate }
  limit.rate = new GcraTable(gcraMemory(65_536, spec, 0), spec)
  if (shared) limit.share = new LimitShare(shareMemory(), spec.burst)
  return limit
}

function exchangeOf(clientAddress: string): Exchange {
  const requestHeaders = new HeaderList()
  requestHeaders.add('Host', 'shop.test')
  requestHeaders.add('X-Tenant', 'blue')
  requestHeaders.add('Authorization', `Bearer ${TOKEN}`)
  const request = { method: 'GET', host: 'shop.test', path: '/cart/items', query: '' }
  return { ...request, clientAddress, requestHeaders } as Exchange
}

function ipv4(n: number): string {
  return `192.0.${n >> 8}.${n & 255}`
}

function ipv6(n: number): string {
  return `2001:db8:${n.toString(16)}::1`
}

const when = { methods: ['GET'], headers: [{ name: 'X-Tenant', value: 'blue' }] }
report('one limit by client, IPv4', ask({}))
report('one limit by client, IPv6', ask({ address: ipv6 }))
report('one limit for everybody', ask({ use: { on: [] } }))
report('one limit of the cluster by client', ask({ shared: true }))
report('one limit by host, method and header', ask({ use: { on: ['host', 'method', 'header:X-Tenant'] } }))
report('one limit by claim of a token', ask({ use: { on: ['claim:sub'] } }))
report('one limit by client, when method and header match', ask({ use: { when } }))
report(
  'one limit by client, ten exempt ranges',
  ask({ exempt: Array.from({ length: 10 }, (_, i) => `10.${i}.0.0/16`) }),
)
report('four limits by client', ask({ limits: 4 }))
report('one limit by client, refused to a thousand of them', ask({ rate: 1 }))
