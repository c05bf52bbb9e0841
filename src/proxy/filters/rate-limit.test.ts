import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RateKey } from '../../model/rate-limit.ts'
import type { Exchange } from '../exchange.ts'
import { RateLimit } from '../limits/rate-limit.ts'
import { GcraTable, gcraMemory } from '../shared/gcra-table.ts'
import { rateLimit } from './rate-limit.ts'

const SPEC = { requests: 1, perMs: 10_000, burst: 2, keys: 64 }

interface Use {
  readonly limit?: string
  readonly on?: readonly RateKey[]
}
const REFUSED = { status: 429, fault: 'rate-limited', headers: [['Retry-After', '10']] }

function setUp(uses: readonly Use[] = [{}], shadow = false) {
  const limits = new Map<string, RateLimit>()
  const limitOf = (name: string): RateLimit =>
    limits.getOrInsertComputed(name, () => {
      const made = new RateLimit(name)
      made.table = new GcraTable(gcraMemory(SPEC.keys, SPEC, 0), SPEC)
      return made
    })
  const time = { now: 0 }
  const { onRequest } = rateLimit(
    {
      kind: 'rate-limit',
      limits: uses.map(({ limit = 'shop/fair/all', on = ['client'] }) => ({ limit, on })),
      exempt: ['10.0.0.0/8'],
      shadow,
    },
    { limit: limitOf, now: () => time.now },
  )
  const from = (clientAddress: string) => onRequest!({ clientAddress } as Exchange)
  return { from, limits, time }
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
  const { from, limits } = setUp([{}], true)
  for (let i = 0; i < 5; i++) assert.equal(from('192.0.2.1'), undefined)
  const { passed, limited, shadowed } = limits.get('shop/fair/all')!
  assert.deepEqual([passed, limited, shadowed], [2, 0, 3])
})

test('all limits have to have room', () => {
  const { from } = setUp([{ limit: 'a' }, { limit: 'b', on: [] }])
  assert.deepEqual([from('192.0.2.1'), from('192.0.2.2'), from('192.0.2.3')], [undefined, undefined, REFUSED])
})

test('the addresses of one IPv6 network are one client', () => {
  const { from } = setUp()
  const verdicts = ['2001:db8::1', '2001:db8::2', '2001:db8::3'].map(from)
  assert.deepEqual(verdicts, [undefined, undefined, REFUSED])
})

test('a limit that is not known yet limits nothing', () => {
  const { from, limits } = setUp()
  from('192.0.2.1')
  limits.get('shop/fair/all')!.table = undefined
  for (let i = 0; i < 5; i++) assert.equal(from('192.0.2.1'), undefined)
})
