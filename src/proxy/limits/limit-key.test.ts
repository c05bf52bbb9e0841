import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RateKey } from '../../model/rate-limit.ts'
import type { Exchange } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import { LimitKeyReader } from './limit-key.ts'

const SEED = 7

interface Request {
  readonly clientAddress?: string
  readonly host?: string
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

function exchangeOf({ headers = {}, ...given }: Request): Exchange {
  const requestHeaders = new HeaderList()
  for (const [name, value] of Object.entries(headers)) requestHeaders.add(name, value)
  const usual = { clientAddress: '192.0.2.1', host: 'shop.test', path: '/', method: 'GET' }
  return { ...usual, ...given, requestHeaders } as Exchange
}

/** All that a request is counted by. */
function keysOf(on: readonly RateKey[], request: Request, networks = { ipv4: 32, ipv6: 64 }) {
  const reader = new LimitKeyReader({ on, networks })
  const exchange = exchangeOf(request)
  const { hash, mark } = reader.read(exchange, SEED)
  return { hash, mark, digest: reader.digest(exchange), shown: reader.describe(exchange) }
}

const token = (claims: object) => `Bearer h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`

for (const [on, one, other] of [
  [['client'], { clientAddress: '192.0.2.1' }, { clientAddress: '192.0.2.2' }],
  [['client'], { clientAddress: '2001:db8:0:1::1' }, { clientAddress: '2001:db8:0:2::1' }],
  [['host'], { host: 'a.test' }, { host: 'b.test' }],
  [['path'], { path: '/a' }, { path: '/b' }],
  [['method'], { method: 'GET' }, { method: 'POST' }],
  [['header:X-Key'], { headers: { 'x-key': 'a' } }, { headers: { 'X-Key': 'b' } }],
  [['header:X-Key'], { headers: { 'x-key': 'a' } }, {}],
  [['cookie:s'], { headers: { Cookie: 's=a; t=x' } }, { headers: { Cookie: 't=x; s=b' } }],
  [
    ['claim:sub'],
    { headers: { Authorization: token({ sub: 'a' }) } },
    { headers: { Authorization: token({ sub: 'b' }) } },
  ],
  [['host', 'path'], { host: 'a.test', path: '/b' }, { host: 'a.test', path: '/c' }],
  // Where parts end counts.
  [['header:A', 'header:B'], { headers: { A: 'ab', B: 'c' } }, { headers: { A: 'a', B: 'bc' } }],
] as const) {
  test(`by ${on.join(' and ')}: ${JSON.stringify(one)} is another than ${JSON.stringify(other)}`, () => {
    const [a, b] = [keysOf(on, one), keysOf(on, other)]
    for (const each of ['hash', 'mark', 'digest', 'shown'] as const) assert.notEqual(a[each], b[each], each)
  })
}

for (const [on, one, other] of [
  [['client'], { path: '/a' }, { path: '/b', method: 'POST', host: 'other.test' }],
  [['client'], { clientAddress: '2001:db8:0:1::1' }, { clientAddress: '2001:db8:0:1:ffff::2' }],
  [['host', 'method'], { path: '/a' }, { path: '/b', clientAddress: '192.0.2.2' }],
  [['header:X-Key'], { headers: { 'x-key': 'a' } }, { headers: { 'X-KEY': 'a', Other: 'b' } }],
  [['cookie:s'], { headers: { Cookie: 's=a; t=x' } }, { headers: { Cookie: 's=a' } }],
  [
    ['claim:sub'],
    { headers: { Authorization: token({ sub: 'a', iat: 1 }) } },
    { headers: { Authorization: token({ sub: 'a' }) } },
  ],
  [[], { clientAddress: '192.0.2.1' }, { clientAddress: '192.0.2.2', path: '/b' }],
] as const) {
  test(`by ${on.join(' and ') || 'nothing'}: ${JSON.stringify(one)} is the same as ${JSON.stringify(other)}`, () => {
    assert.deepEqual(keysOf(on, one), keysOf(on, other))
  })
}

test('addresses of a network count as one, as large as it is asked for', () => {
  const of = (clientAddress: string) => keysOf(['client'], { clientAddress }, { ipv4: 20, ipv6: 44 })
  assert.deepEqual(of('192.0.2.1'), of('192.0.15.1'))
  assert.notEqual(of('192.0.2.1').hash, of('192.0.16.1').hash)
  assert.deepEqual(of('2001:db8:1::1'), of('2001:db8:f::1'))
  assert.notEqual(of('2001:db8:1::1').hash, of('2001:db8:10::1').hash)
})

test('another seed counts the same request elsewhere, and what a store is told holds nothing that was sent', () => {
  const reader = new LimitKeyReader({ on: ['cookie:s'], networks: { ipv4: 32, ipv6: 64 } })
  const exchange = exchangeOf({ headers: { Cookie: 's=secret' } })
  const { hash } = reader.read(exchange, SEED)
  assert.notEqual(reader.read(exchange, SEED + 1).hash, hash)
  assert.match(reader.digest(exchange), /^[\w-]{22}$/)
})
