/** Copies of requests: they hold nobody up, and nobody hears of their answers. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { CanarySpec } from '../../src/model/canary.ts'
import type { ClusterName } from '../../src/model/cluster.ts'
import { answering, Backend, eventually, get, NOBODY, ok, post, TestProxy } from './harness.ts'

const NAME = 'shop/checkout'
const SHADOW = 'shop/shadow:80' as ClusterName
const SPEC: CanarySpec = { matches: [], key: 'client', variants: [], mirror: { percent: 100 } }

async function setUp(t: TestContext, spec: Partial<CanarySpec> = {}) {
  const [primary, shadow] = [await new Backend().listen(t), await new Backend().listen(t)]
  answering(primary)
  const canary = { canary: NAME, variants: [], mirror: SHADOW }
  const proxy = new TestProxy(t).route({ canary }).canary(NAME, { ...SPEC, ...spec })
  await proxy.endpoints([primary]).endpoints([shadow], SHADOW).apply().listen()
  const client = await proxy.connect()
  const outcome = (name: string) => proxy.sample('sluice_canary_mirrored_requests', name)
  const isCounted = (name: string, count: number) =>
    eventually(`${count} ${name}`, () => outcome(name) === count || undefined)
  return { proxy, primary, shadow, client, outcome, isCounted }
}

test('the shadow gets what the endpoint gets, and its answer goes nowhere', async (t) => {
  const { client, shadow, isCounted, outcome, proxy } = await setUp(t)
  client.send(get('/cart?n=1', 'X-Color: blue', 'Cookie: a=b'))
  assert.equal((await client.message()).status, 200)
  const peer = await shadow.accept()
  const copy = await peer.message()
  assert.equal(copy.start, 'GET /cart?n=1 HTTP/1.1')
  assert.deepEqual(
    [copy.fields.get('x-color'), copy.fields.get('cookie'), copy.fields.get('host')],
    ['blue', 'a=b', 'a.test'],
  )
  peer.send(ok('nobody reads this'))
  await isCounted('same', 1)
  client.send(get('/'))
  assert.doesNotMatch((await client.message()).body, /nobody/)
  peer.send('HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n')
  await isCounted('different', 1)
  assert.deepEqual([outcome('failed'), outcome('skipped'), proxy.log.length], [0, 0, 2])
})

for (const [name, request] of [
  ['of a known length', post('hello')],
  [
    'in chunks',
    'POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
  ],
] as const) {
  test(`a body ${name} is copied as it went by`, async (t) => {
    const { client, shadow, primary, isCounted } = await setUp(t)
    primary.answer = ({ body }) => ok(body)
    const copies: string[] = []
    shadow.answer = ({ body }) => {
      copies.push(body)
      return ok('')
    }
    client.send(request)
    assert.equal((await client.message()).body, 'hello')
    await isCounted('same', 1)
    assert.deepEqual(copies, ['hello'])
  })
}

test('a shadow that says nothing holds nobody up, and no more than so many copies wait for it', async (t) => {
  const { client, isCounted, proxy, outcome } = await setUp(t)
  for (let n = 0; n < 130; n++) {
    client.send(get(`/${n}`))
    assert.equal((await client.message()).status, 200)
  }
  assert.equal(outcome('skipped'), 2)
  proxy.clock.advance(31_000)
  await isCounted('failed', 128)
})

test('large bodies pass and are not copied', async (t) => {
  const { client, primary, isCounted, outcome } = await setUp(t)
  primary.answer = ({ body }) => ok(String(body.length))
  const body = 'x'.repeat(70_000)
  client.send(post(body))
  assert.equal((await client.message()).body, '70000')
  client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n11170\r\n${body}\r\n0\r\n\r\n`)
  assert.equal((await client.message()).body, '70000')
  await isCounted('skipped', 2)
  assert.equal(outcome('same'), 0)
})

test('a shadow that is not there harms nobody', async (t) => {
  const { client, proxy, isCounted } = await setUp(t)
  proxy.endpoints([NOBODY], SHADOW).apply()
  client.send(post('hello'))
  assert.equal((await client.message()).status, 200)
  await isCounted('failed', 1)
  proxy.endpoints([], SHADOW).apply()
  client.send(get())
  assert.equal((await client.message()).status, 200)
  proxy.clock.advance(60_000)
  await isCounted('failed', 2)
})

test('a share of the requests is copied', async (t) => {
  const { client, shadow, outcome } = await setUp(t, { mirror: { percent: 25 } })
  answering(shadow)
  for (let n = 0; n < 200; n++) {
    client.send(get())
    await client.message()
  }
  await eventually('the last copy', () => Number(outcome('same')) + Number(outcome('different')) >= 30 || undefined)
  const copied = Number(outcome('same'))
  assert.ok(copied < 75, `${copied} of 200`)
})

test('upgrades are not copied', async (t) => {
  const { client, primary, outcome } = await setUp(t)
  primary.answer = () => 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n'
  client.send(get('/', 'Connection: Upgrade', 'Upgrade: echo'))
  assert.equal((await client.message()).status, 101)
  assert.deepEqual([outcome('same'), outcome('failed'), outcome('skipped')], [0, 0, 0])
})
