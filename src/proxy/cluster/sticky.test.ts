import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import { seededRandom } from '../../lib/random.ts'
import { type EndpointSpec, NO_LIMITS, type StickySpec } from '../../model/cluster.ts'
import type { Exchange } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import { EndpointStats, endpointMemory } from '../shared/endpoint-stats.ts'
import type { ConnectionPool } from '../types.ts'
import { Cluster } from './cluster.ts'

const SPEC: StickySpec = { mode: 'persistent', cookie: 'home', path: '/', sameSite: 'Lax', key: 'secret' }

const endpoint = (n: number, more: Partial<EndpointSpec> = {}): EndpointSpec => ({
  address: `10.0.0.${n}`,
  port: 80,
  weight: 1,
  state: 'ready',
  ...more,
})

function clusterOf(spec: Partial<StickySpec>, endpoints: readonly EndpointSpec[], seed = 1): Cluster {
  const pool = (): ConnectionPool => ({ drain() {}, reopen() {} }) as unknown as ConnectionPool
  const stats = new EndpointStats(endpointMemory(1, 0))
  const cluster = new Cluster({
    transport: { pool },
    random: seededRandom(seed),
    stats,
    clock: new FakeClock(),
    suspect() {},
  })
  cluster.setSpec({ balancer: { kind: 'round-robin' }, sticky: { ...SPEC, ...spec } })
  cluster.setEndpoints(endpoints)
  return cluster
}

/** One request: who gets it, and what the cookie is afterwards. */
function visit(cluster: Cluster, cookie = '', scheme: 'http' | 'https' = 'http') {
  const requestHeaders = new HeaderList()
  if (cookie !== '') requestHeaders.add('Cookie', `a=b; ${cookie}`)
  const exchange = { requestHeaders, scheme, stickyCookie: '' } as Exchange
  const { id } = cluster.acquire(exchange, undefined)!
  const set = exchange.stickyCookie
  return { id, set, cookie: set === '' ? cookie : set.split(';')[0]! }
}

const THREE = [endpoint(1), endpoint(2), endpoint(3)]

test('untilEnd: a client stays at an endpoint that drains while it is there, and newcomers do not go there', () => {
  const cluster = clusterOf({ untilEnd: true }, THREE)
  const first = visit(cluster)
  const draining = THREE.map((each) =>
    first.id === `${each.address}:80` ? { ...each, state: 'draining' as const } : each,
  )
  cluster.setEndpoints(draining)
  const again = visit(cluster, first.cookie)
  assert.deepEqual([again.id, again.set], [first.id, ''])
  for (let i = 0; i < 10; i++) assert.notEqual(visit(cluster).id, first.id)
  cluster.setEndpoints(draining.filter(({ state }) => state === 'ready'))
  const moved = visit(cluster, first.cookie)
  assert.notEqual(moved.id, first.id)
  assert.notEqual(moved.set, '')
})

for (const mode of ['persistent', 'balanced'] as const) {
  test(`${mode}: a client with the cookie stays where it is, and is given no other cookie`, () => {
    const cluster = clusterOf({ mode }, THREE)
    const first = visit(cluster)
    assert.match(first.set, /^home=[\w-]{16}; Path=\/; HttpOnly; SameSite=Lax$/)
    for (let i = 0; i < 10; i++) {
      const again = visit(cluster, first.cookie)
      assert.deepEqual([again.id, again.set], [first.id, ''])
    }
  })

  test(`${mode}: clients without one are spread`, () => {
    const cluster = clusterOf({ mode }, THREE)
    assert.equal(new Set(Array.from({ length: 40 }, () => visit(cluster).id)).size, 3)
  })

  test(`${mode}: the order of the list and another process change nothing`, () => {
    const cluster = clusterOf({ mode }, THREE)
    const other = clusterOf({ mode }, THREE.toReversed(), 99)
    for (let i = 0; i < 20; i++) {
      const { id, cookie } = visit(cluster)
      assert.equal(visit(other, cookie).id, id)
    }
  })

  test(`${mode}: what is no cookie of ours is a new client`, () => {
    const { set } = visit(clusterOf({ mode }, THREE), 'home=../../etc')
    assert.match(set, /^home=[\w-]{16};/)
  })
}

test('persistent: who joins takes nobody away', () => {
  const cluster = clusterOf({}, THREE)
  const clients = Array.from({ length: 30 }, () => visit(cluster))
  cluster.setEndpoints([...THREE, endpoint(4), endpoint(5)])
  for (const { id, cookie } of clients) assert.equal(visit(cluster, cookie).id, id)
})

test('persistent: the clients of an endpoint that drains are given a new home and a new cookie', () => {
  const cluster = clusterOf({}, THREE)
  const clients = Array.from({ length: 30 }, () => visit(cluster))
  cluster.setEndpoints([endpoint(1, { state: 'draining' }), endpoint(2), endpoint(3)])
  for (const { id, cookie } of clients) {
    const again = visit(cluster, cookie)
    assert.notEqual(again.id, '10.0.0.1:80')
    assert.equal(again.set !== '', id === '10.0.0.1:80')
    assert.equal(visit(cluster, again.cookie).id, again.id)
  }
})

test('balanced: who joins takes over about its share', () => {
  const cluster = clusterOf({ mode: 'balanced' }, THREE)
  const clients = Array.from({ length: 400 }, () => visit(cluster))
  cluster.setEndpoints([...THREE, endpoint(4)])
  const moved = clients.filter(({ id, cookie }) => visit(cluster, cookie).id !== id).length
  assert.ok(moved > 60 && moved < 150, `${moved} of 400 moved`)
})

test('the cookie says what was asked for, and Secure where it came over TLS', () => {
  const cluster = clusterOf({ path: '/shop', maxAgeS: 60, sameSite: 'None' }, THREE)
  assert.match(visit(cluster, '', 'https').set, /; Path=\/shop; Max-Age=60; HttpOnly; Secure; SameSite=None$/)
})

test('the cookie does not tell the address, and another key makes another cookie', () => {
  const [a, b] = ['k1', 'k2'].map((key) => visit(clusterOf({ key }, [endpoint(1)])).cookie)
  assert.notEqual(a, b)
})

test('a session waits for an endpoint that has all it may, and a new one gets another', () => {
  const cluster = clusterOf({}, THREE)
  const limits = { ...NO_LIMITS, requestsPerEndpoint: 1, pending: 1, pendingMs: 1 }
  cluster.setSpec({ balancer: { kind: 'round-robin' }, sticky: SPEC, limits })
  const ask = (cookie: string) => {
    const requestHeaders = new HeaderList()
    if (cookie !== '') requestHeaders.add('Cookie', cookie)
    const exchange = { requestHeaders, scheme: 'http', stickyCookie: '' } as Exchange
    const endpoint = cluster.acquire(exchange, undefined)
    endpoint?.enter(false)
    return { endpoint, cookie: exchange.stickyCookie.split(';')[0]! }
  }
  const first = ask('')
  assert.equal(ask(first.cookie).endpoint, undefined)
  const others = [ask(''), ask('')]
  assert.equal(new Set([first, ...others].map(({ endpoint }) => endpoint?.id)).size, 3)
  assert.equal(ask('').endpoint, undefined)
  for (const { endpoint, cookie } of [first, ...others]) {
    endpoint!.leave(false)
    assert.equal(ask(cookie).endpoint, endpoint)
  }
})
