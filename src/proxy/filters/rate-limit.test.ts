import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import type { LimitAnswer, RateLimitSpec, RateLimitUse } from '../../model/rate-limit.ts'
import { Deadlines } from '../deadlines.ts'
import type { Exchange } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import { Limit } from '../limits/limit.ts'
import { ConcurrencyTable, concurrencyMemory } from '../shared/concurrency-table.ts'
import { GcraTable, gcraMemory } from '../shared/gcra-table.ts'
import { rateLimit } from './rate-limit.ts'

const RATE = { kind: 'rate', requests: 1, perMs: 10_000, burst: 2, keys: 64 } as const
const TWO_AT_A_TIME = { kind: 'concurrency', most: 2, keys: 64 } as const
const USE: RateLimitUse = {
  limit: 'shop/fair/all',
  kind: 'rate',
  on: ['client'],
  networks: { ipv4: 32, ipv6: 64 },
  cost: 1,
}
const REFUSED = { status: 429, fault: 'rate-limited', headers: [['Retry-After', '10']] }

interface Setting {
  readonly uses?: readonly Partial<RateLimitUse>[]
  readonly shadow?: boolean
  readonly answer?: Partial<LimitAnswer>
  readonly spec?: RateLimitSpec
}

function setUp({ uses = [{}], shadow = false, answer = {}, spec = RATE }: Setting = {}) {
  const limits = new Map<string, Limit>()
  const limitOf = (name: string): Limit => limits.getOrInsertComputed(name, () => limitWith(name, spec))
  const time = { now: 0 }
  const filter = rateLimit(
    {
      kind: 'rate-limit',
      limits: uses.map((use) => ({ ...USE, kind: spec.kind, ...use })),
      exempt: ['10.0.0.0/8'],
      shadow,
      answer: { status: 429, fields: [], ...answer },
    },
    { limit: limitOf, now: () => time.now, deadlines: new Deadlines(new FakeClock()) },
  )
  const ask = (clientAddress: string, more: object = {}) => {
    const ends: (() => void)[] = []
    const exchange = {
      ...{ clientAddress, method: 'GET', requestHeaders: new HeaderList(), responseHeaders: new HeaderList() },
      ...more,
      whenFinished: (then: () => void) => ends.push(then),
    } as unknown as Exchange
    const end = () => {
      for (const each of ends) each()
    }
    return { verdict: filter.onRequest!(exchange), exchange, end }
  }
  const answered = (exchange: Exchange) => {
    filter.onResponse!(exchange)
    return exchange.responseHeaders!
  }
  return { ask, from: (address: string, more?: object) => ask(address, more).verdict, answered, filter, limits, time }
}

function limitWith(name: string, spec: RateLimitSpec): Limit {
  const limit = new Limit(name)
  if (spec.kind === 'rate') limit.rate = new GcraTable(gcraMemory(spec.keys, spec, 0), spec)
  if (spec.kind === 'concurrency') limit.concurrency = new ConcurrencyTable(concurrencyMemory(spec, 1), spec, 0)
  return limit
}

function fields(...lines: readonly (readonly [string, string])[]): HeaderList {
  const list = new HeaderList()
  for (const [name, value] of lines) list.add(name, value)
  return list
}

test('what is too much is refused, with the time after which it is not', () => {
  const { from, time, limits } = setUp()
  assert.deepEqual([from('192.0.2.1'), from('192.0.2.1'), from('192.0.2.1')], [undefined, undefined, REFUSED])
  assert.equal(from('192.0.2.2'), undefined)
  time.now = 10_000
  assert.equal(from('192.0.2.1'), undefined)
  const { passed, limited, shadowed } = limits.get('shop/fair/all')!
  assert.deepEqual([passed, limited, shadowed], [4, 1, 0])
})

test('exempt addresses are not limited, and not counted', () => {
  const { from, limits } = setUp()
  for (let i = 0; i < 10; i++) assert.equal(from('10.1.2.3'), undefined)
  assert.equal(limits.get('shop/fair/all')!.passed, 0)
})

test('a shadow refuses nothing, and counts what it would', () => {
  const { from, limits } = setUp({ shadow: true })
  for (let i = 0; i < 5; i++) assert.equal(from('192.0.2.1'), undefined)
  const { passed, limited, shadowed } = limits.get('shop/fair/all')!
  assert.deepEqual([passed, limited, shadowed], [2, 0, 3])
})

test('all limits have to have room', () => {
  const { from } = setUp({ uses: [{ limit: 'a' }, { limit: 'b', on: [] }] })
  assert.deepEqual([from('192.0.2.1'), from('192.0.2.2'), from('192.0.2.3')], [undefined, undefined, REFUSED])
})

test('the addresses of one network are one client: of IPv6 a /64, and what the policy says', () => {
  const { from } = setUp()
  const verdicts = ['2001:db8::1', '2001:db8::2', '2001:db8::3'].map((address) => from(address))
  assert.deepEqual(verdicts, [undefined, undefined, REFUSED])
  const wide = setUp({ uses: [{ networks: { ipv4: 24, ipv6: 48 } }] })
  assert.deepEqual(
    ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.3.1'].map((address) => wide.from(address)),
    [undefined, undefined, REFUSED, undefined],
  )
})

test('a limit that is not known yet limits nothing', () => {
  const { from, limits } = setUp()
  from('192.0.2.1')
  limits.get('shop/fair/all')!.rate = undefined
  for (let i = 0; i < 5; i++) assert.equal(from('192.0.2.1'), undefined)
})

test('what does not meet the condition passes, and is not counted', () => {
  const when = { methods: ['POST'], headers: [{ name: 'X-Kind', value: 'import' }, { name: 'X-Tenant' }] }
  const { from, limits } = setUp({ uses: [{ when }] })
  const both = fields(['x-kind', 'import'], ['X-Tenant', 'a'])
  const imported = { method: 'POST', requestHeaders: both }
  for (const more of [{ requestHeaders: both }, { method: 'POST', requestHeaders: fields(['x-kind', 'import']) }]) {
    for (let i = 0; i < 5; i++) assert.equal(from('192.0.2.1', more), undefined)
  }
  assert.equal(limits.get('shop/fair/all')!.passed, 0)
  assert.deepEqual(
    Array.from({ length: 3 }, () => from('192.0.2.1', imported)),
    [undefined, undefined, REFUSED],
  )
})

test('a request may count for several, and an answer may say that it cost more', () => {
  assert.deepEqual(setUp({ uses: [{ cost: 2 }] }).from('192.0.2.1'), undefined)
  const { ask, from, answered, time } = setUp({ uses: [{ costField: 'X-Cost' }] })
  const { exchange } = ask('192.0.2.1', { responseHeaders: fields(['X-Cost', '3'], ['X-Other', '1']) })
  const told = answered(exchange)
  assert.deepEqual([told.get('x-cost'), told.get('x-other')], [undefined, '1'])
  assert.deepEqual(from('192.0.2.1'), { ...REFUSED, headers: [['Retry-After', '20']] })
  time.now = 20_000
  assert.equal(from('192.0.2.1'), undefined)
})

test('a cost that is no number, or less than was taken, changes nothing', () => {
  const { ask, from, answered } = setUp({ uses: [{ costField: 'X-Cost' }] })
  for (const cost of ['-5', 'much']) {
    answered(ask(`192.0.2.${cost.length}`, { responseHeaders: fields(['X-Cost', cost]) }).exchange)
    assert.equal(from(`192.0.2.${cost.length}`), undefined)
  }
})

test('clients are told what is left, when they pass and when they do not', () => {
  const { ask, from, answered } = setUp({ answer: { fields: ['RateLimit', 'X-RateLimit'] } })
  const told = answered(ask('192.0.2.1').exchange)
  assert.deepEqual(
    ['ratelimit-policy', 'ratelimit', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'].map((name) =>
      told.get(name),
    ),
    ['"all";q=2;w=20', '"all";r=1;t=10', '2', '1', '10'],
  )
  from('192.0.2.1')
  const refused = from('192.0.2.1') as { readonly headers: readonly (readonly [string, string])[] }
  assert.deepEqual(Object.fromEntries(refused.headers), {
    'Retry-After': '10',
    'RateLimit-Policy': '"all";q=2;w=20',
    RateLimit: '"all";r=0;t=20',
    'X-RateLimit-Limit': '2',
    'X-RateLimit-Remaining': '0',
    'X-RateLimit-Reset': '20',
  })
})

test('who is exempt is told nothing, and so is everybody by a shadow', () => {
  const { ask, answered } = setUp({ answer: { fields: ['RateLimit'] } })
  assert.equal(answered(ask('10.0.0.1').exchange).get('ratelimit'), undefined)
  assert.equal(setUp({ shadow: true, answer: { fields: ['RateLimit'] } }).filter.onResponse, undefined)
})

test('the answer is the one that the policy asks for', () => {
  const body = { contentType: 'application/json', text: '{"slow":"down"}' }
  const { from } = setUp({ answer: { status: 503, body } })
  const [, , refused] = Array.from({ length: 3 }, () => from('192.0.2.1'))
  assert.deepEqual(refused, { ...REFUSED, status: 503, body })
})

test('of requests at a time each leaves its place when it is over', () => {
  const { ask, from, limits } = setUp({ spec: TWO_AT_A_TIME })
  const [first, second] = [ask('192.0.2.1'), ask('192.0.2.1')]
  const soon = { ...REFUSED, headers: [['Retry-After', '1']] }
  assert.deepEqual([first.verdict, second.verdict, from('192.0.2.1')], [undefined, undefined, soon])
  first.end()
  assert.deepEqual([from('192.0.2.1'), from('192.0.2.1')], [undefined, soon])
  const { passed, limited } = limits.get('shop/fair/all')!
  assert.deepEqual([passed, limited], [3, 2])
})

test('it is known who was refused most of late, and in which network', () => {
  const { from, limits, time } = setUp({ uses: [{ on: ['client', 'path'], networks: { ipv4: 24, ipv6: 64 } }] })
  for (let i = 0; i < 6; i++) from('192.0.2.1', { path: '/login' })
  for (let i = 0; i < 3; i++) from('192.0.3.1', { path: '/' })
  const { offenders } = limits.get('shop/fair/all')!
  const rows = () => offenders!.top(time.now).map(({ key, count }) => [JSON.parse(key), count])
  const login = [
    ['client', '192.0.2.0/24'],
    ['path', '/login'],
  ]
  assert.deepEqual(rows()[0], [login, 4])
  assert.equal(rows().length, 2)
  time.now = 60_000
  assert.deepEqual(rows(), [[login, 2]])
})

test('a shadow of such a limit counts what is under way as it is', () => {
  const { ask, limits } = setUp({ spec: TWO_AT_A_TIME, shadow: true })
  const all = Array.from({ length: 4 }, () => ask('192.0.2.1'))
  assert.deepEqual(
    all.map(({ verdict }) => verdict),
    Array(4).fill(undefined),
  )
  assert.equal(limits.get('shop/fair/all')!.shadowed, 2)
  for (const { end } of all) end()
  ask('192.0.2.1')
  assert.equal(limits.get('shop/fair/all')!.passed, 3)
})
