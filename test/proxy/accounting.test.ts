/**
 * Whatever clients and endpoints do to each other, in whatever order: every exchange is finished, counted and logged
 * exactly once, and nothing is left behind. The order of events is the machine's; what is done is the seed's.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, seededRandom } from '../../src/lib/random.ts'
import type { Exchange } from '../../src/proxy/exchange.ts'
import {
  answering,
  Backend,
  eventually,
  get,
  NOBODY,
  ok,
  type Peer,
  post,
  startWorld,
  TestProxy,
  turn,
} from './harness.ts'

const CLIENTS = 400
const AT_A_TIME = 16
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

const oneOf = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!

/** Requests whole and broken, and crumbs of requests. */
const REQUESTS: readonly string[] = [
  get(),
  get('/', 'Connection: close'),
  get().replace('GET', 'HEAD'),
  get('/', 'Connection: Upgrade', 'Upgrade: websocket'),
  'GET / HTTP/1.0\r\n\r\n',
  post('hello'),
  post('x'.repeat(100_000)),
  post('hello', 'Expect: 100-continue'),
  post('hello').slice(0, -2),
  'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
  'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n',
  post('too large').replace('POST / ', 'POST /small '),
  get('/nowhere').replace('a.test', 'nowhere.test'),
  'GET / HTTP/1.1\r\n\r\n',
  'nonsense\r\n\r\n',
  'GET / HT',
]

/** What an endpoint does with a request. */
const BEHAVIOURS: readonly ((peer: Peer) => string)[] = [
  () => ok('hello'),
  () => ok('x'.repeat(200_000)),
  () => `HTTP/1.1 103 Early Hints\r\n\r\n${ok('hello')}`,
  () => `${CHUNKED}5\r\nhello\r\n0\r\nX: y\r\n\r\n`,
  () => `${ok('hello')}unasked`,
  () => ok('hello').replace('OK\r\n', 'OK\r\nConnection: close\r\n'),
  (peer) => {
    peer.answer = undefined
    return 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello'
  },
  () => `${CHUNKED}5\r\nhello\r\nnonsense\r\n`,
  () => 'nonsense\r\n\r\n',
  () => '',
  (peer) => {
    peer.reset()
    return ''
  },
  (peer) => {
    peer.send(`${CHUNKED}5\r\nhel`)
    peer.end()
    return ''
  },
  (peer) => {
    peer.send('HTTP/1.1 200 OK\r\n\r\nuntil the end')
    peer.end()
    return ''
  },
]

async function turns(n: number): Promise<void> {
  for (let i = 0; i < n; i++) await turn()
}

async function visit(proxy: TestProxy, random: Random): Promise<void> {
  const client = await proxy.connect()
  if (random() < 0.2) client.socket.pause()
  for (let i = 0; i < 1 + random() * 4 && !client.socket.destroyed; i++) {
    const text = Array.from({ length: 1 + Math.floor(random() * 2) }, () => oneOf(random, REQUESTS)).join('')
    const cut = random() < 0.5 ? text.length : Math.floor(random() * text.length)
    client.send(text.slice(0, cut))
    await turns(random() * 20)
    if (cut < text.length && !client.socket.destroyed) client.send(text.slice(cut))
    await turns(random() * 20)
  }
  if (random() < 0.4) client.end()
  await turns(random() * 30)
  client.reset()
}

for (const seed of [1, 2, 3]) {
  test(`every exchange is accounted for once (seed ${seed})`, async (t) => {
    const random = seededRandom(seed)
    const backends = await Promise.all(Array.from({ length: 4 }, () => new Backend().listen(t)))
    for (const backend of backends) backend.answer = (_, peer) => oneOf(random, BEHAVIOURS)(peer)
    const proxy = new TestProxy(t).route({ host: 'a.test' }).route({ host: 'a', timeouts: { requestMs: 30_000 } })
    proxy.route({ host: 'a.test', path: '/small', filters: [{ kind: 'body-limit', maxBytes: 3 }] })
    await proxy
      .endpoints([...backends, NOBODY])
      .apply()
      .listen()
    const begun: Exchange[] = []
    const { exchange: begin } = proxy.plane
    proxy.plane.exchange = (...given) => {
      const exchange = begin.apply(proxy.plane, given)
      begun.push(exchange)
      return exchange
    }

    let left = CLIENTS
    const visitors = Array.from({ length: AT_A_TIME }, async () => {
      while (left-- > 0) {
        await visit(proxy, random)
        if (random() < 0.1) proxy.clock.advance(random() * 70_000)
        if (random() < 0.2) proxy.endpoints([...backends, NOBODY].filter(() => random() < 0.7)).apply()
      }
    })
    await Promise.all(visitors)
    proxy.endpoints([]).apply()
    for (const backend of backends) for (const connection of backend.connections) connection.reset()
    await eventually('everybody to be gone', () => {
      proxy.clock.advance(10_000)
      return proxy.sample('sluice_connections', 'busy') === 0 && proxy.sample('sluice_connections', 'idle') === 0
    })

    const refused = proxy.plane.samples().filter(([family]) => family === 'sluice_refused_requests')
    const refusals = refused.reduce((sum, [, , n]) => sum + Number(n), 0)
    const finished = new Set(proxy.finished)
    assert.equal(finished.size, proxy.finished.length, 'nobody is logged twice')
    assert.deepEqual(
      begun.filter((exchange) => !finished.has(exchange)).map(({ method, path, status }) => [method, path, status]),
      [],
      'nobody is forgotten',
    )
    assert.equal(finished.size, begun.length + refusals)
    const counted = proxy.plane.samples().filter(([family]) => family === 'sluice_requests')
    assert.equal(
      counted.reduce((sum, [, , n]) => sum + Number(n), 0),
      finished.size,
    )
    for (const exchange of finished) {
      assert.ok(exchange.status >= 101, `${exchange.method} ${exchange.path} ${exchange.fault}`)
      if (exchange.endpoint !== undefined) assert.equal(exchange.endpoint.inFlight, 0)
    }
    assert.equal(proxy.sample('sluice_upstream_connections', 'busy'), 0)
    assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 0)
    // The scenario has to reach far, or it proves little.
    const seen = new Set(proxy.log.map(({ fault }) => fault))
    assert.ok(begun.length > CLIENTS / 2 && seen.size > 6, `${begun.length} exchanges, ${[...seen].join(' ')}`)
  })
}

test('the access log can be silenced and heard again while it runs; requests are counted all the same', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  answering(backend)
  for (const accessLog of [true, false, true]) {
    proxy.settings({ accessLog }).apply()
    client.send(get(`/${accessLog}`))
    await client.message()
  }
  assert.deepEqual(
    proxy.log.map(({ path }) => path),
    ['/true', '/true'],
  )
})
