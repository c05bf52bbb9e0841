/** Two hundred updates under load: no request notices. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../src/lib/random.ts'
import { answering, Backend, get, ok, post, TestProxy, turn } from './harness.ts'

const SEED = 4711
const UPDATES = 200
const CLIENTS = 12

test(`no request fails while routes and endpoints change ${UPDATES} times (seed ${SEED})`, async (t) => {
  const random = seededRandom(SEED)
  const backends = await Promise.all(Array.from({ length: 5 }, () => new Backend().listen(t)))
  answering(...backends)
  const proxy = await new TestProxy(t).route().endpoints(backends).apply().listen()
  let running = true
  const served: number[] = []

  async function load(n: number): Promise<void> {
    let client = await proxy.connect()
    for (let i = 0; running; i++) {
      const closing = i % 10 === 9
      const lines = closing ? ['Connection: close'] : []
      client.send((i + n) % 3 === 0 ? post('x'.repeat(i * 7), ...lines) : get(`/${n}/${i}`, ...lines))
      const { status } = await client.message()
      served.push(status)
      if (!closing) continue
      await client.atEnd()
      client.end()
      client = await proxy.connect()
    }
  }

  const clients = Array.from({ length: CLIENTS }, (_, n) => load(n))
  for (let update = 0; update < UPDATES; update++) {
    const chosen = backends.filter(() => random() < 0.5)
    const draining = backends.filter((backend) => !chosen.includes(backend) && random() < 0.5)
    proxy.endpoints([
      ...(chosen.length > 0 ? chosen : backends),
      ...draining.map(({ address, port }) => ({ address, port, state: 'draining' as const })),
    ])
    const host = `${Math.floor(random() * 5)}.test`
    if (random() < 0.5) proxy.route({ host })
    else proxy.unroute(host)
    if (random() < 0.3) proxy.route({ path: `/${update % 7}`, retries: update % 3 || 1 })
    proxy.apply()
    const before = served.length
    // Some requests go by each state, whatever the machine's speed.
    for (let turns = 0; served.length < before + 3 || turns < 3; turns++) await turn()
  }
  running = false
  await Promise.all(clients)

  assert.ok(served.length >= UPDATES * 3)
  assert.deepEqual(new Set(served), new Set([200]))
  assert.equal(proxy.log.length, served.length)
  const faults = proxy.log.filter(({ fault }) => fault !== undefined)
  assert.deepEqual(faults, [])
  const asked = backends.filter(({ connections }) => connections.length > 0)
  assert.equal(asked.length, backends.length)
  assert.equal(proxy.sample('sluice_upstream_connections', 'busy'), 0)
})

test('endpoints that come and go under pipelined load get each request once', async (t) => {
  const backends = await Promise.all(Array.from({ length: 3 }, () => new Backend().listen(t)))
  const seen: string[] = []
  for (const backend of backends) {
    backend.answer = ({ body }) => {
      seen.push(body)
      return ok(body)
    }
  }
  const proxy = await new TestProxy(t).route().endpoints(backends).apply().listen()
  const client = await proxy.connect()
  const bodies = Array.from({ length: 300 }, (_, n) => `body ${n}`)
  client.send(...bodies.map((body) => post(body)))
  for (const [n, body] of bodies.entries()) {
    if (n % 10 === 0) proxy.endpoints([backends[(n / 10) % 3]!, backends[(n / 10 + 1) % 3]!]).apply()
    assert.equal((await client.message()).body, body)
  }
  assert.deepEqual(seen, bodies)
})
