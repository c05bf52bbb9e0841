/** What is counted after each kind of outcome. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HistogramValue } from '../../src/proxy/metrics.ts'
import {
  answering,
  type Backend,
  eventually,
  get,
  NOBODY,
  ok,
  type Peer,
  post,
  settled,
  startWorld,
  type TestProxy,
} from './harness.ts'

interface World {
  readonly proxy: TestProxy
  readonly backend: Backend
  readonly client: Peer
}

/** A request that has arrived at the endpoint. */
async function arrived({ backend, client }: World, request: string): Promise<Peer> {
  client.send(request)
  const connection = await backend.accept()
  await connection.message()
  return connection
}

interface Outcome {
  readonly why: string
  readonly run: (world: World) => Promise<unknown>
  /** Method and status under which it is counted. */
  readonly counted: readonly [method: string, status: string]
  readonly fault?: string
  readonly routed?: boolean
  readonly received?: number
  readonly sent?: number
}

const OUTCOMES: readonly Outcome[] = [
  {
    why: 'an answer',
    run: async (world) => {
      answering(world.backend)
      world.backend.answer = () => ok('hello')
      world.client.send(post('abc'))
      await world.client.message()
    },
    counted: ['POST', '200'],
    received: 3,
    sent: 5,
  },
  {
    why: 'an answer to a method that nobody registered',
    run: async (world) => {
      world.backend.answer = () => ok('')
      world.client.send(get().replace('GET', 'FROB'))
      await world.client.message()
    },
    counted: ['OTHER', '200'],
  },
  {
    why: 'no route',
    run: ({ proxy, client }) => {
      proxy.unroute('*').apply()
      client.send(get('/', 'Accept: application/json'))
      return client.message()
    },
    counted: ['GET', '404'],
    routed: false,
  },
  {
    why: 'no endpoint',
    run: ({ proxy, client }) => {
      proxy.endpoints([]).apply()
      client.send(get())
      return client.message()
    },
    counted: ['GET', '503'],
  },
  {
    why: 'an endpoint that refuses',
    run: ({ proxy, client }) => {
      proxy.endpoints([NOBODY]).route({ retries: 0 }).apply()
      client.send(get())
      return client.message()
    },
    counted: ['GET', '502'],
    fault: 'connect-refused',
  },
  {
    why: 'an endpoint that closes without a word',
    run: async (world) => {
      const connection = await arrived(world, post('abc'))
      connection.reset()
      await world.client.message()
    },
    counted: ['POST', '502'],
    fault: 'upstream-reset-before-response',
    received: 3,
  },
  {
    why: 'an answer that breaks off',
    run: async (world) => {
      const connection = await arrived(world, get())
      connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
      connection.end()
      await world.client.atEnd()
    },
    counted: ['GET', '200'],
    fault: 'upstream-reset-in-response',
    sent: 5,
  },
  {
    why: 'a client that leaves',
    run: async (world) => {
      await arrived(world, get())
      world.client.reset()
      await eventually('the end', () => world.proxy.log.length === 1)
    },
    counted: ['GET', '499'],
  },
  {
    why: 'a body over the limit',
    run: ({ proxy, client }) => {
      proxy.route({ filters: [{ kind: 'body-limit', maxBytes: 1 }] }).apply()
      client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n')
      return client.message()
    },
    counted: ['POST', '413'],
  },
]

const ROUTE_LABELS = ['shop', 'web', 'web', '*', '/']

for (const { why, run, counted, fault, routed = true, received = 0, sent } of OUTCOMES) {
  test(`${why} is counted once, as ${counted.join(' ')}`, async (t) => {
    const world = await startWorld(t, {})
    await run(world)
    const samples = world.proxy.plane.samples()
    const labels = [...(routed ? ROUTE_LABELS : ['', '', '', '', '']), ...counted]
    const series = (family: string) => samples.filter(([name]) => name === family)
    assert.deepEqual(series('sluice_requests'), [['sluice_requests', labels, 1]])
    assert.deepEqual(series('sluice_request_size_bytes'), [['sluice_request_size_bytes', labels, received]])
    const [response] = series('sluice_response_size_bytes')
    if (sent !== undefined) assert.equal(response?.[2], sent)
    const [duration] = series('sluice_request_duration_seconds')
    const { counts } = duration![2] as HistogramValue
    assert.equal(
      counts.reduce((sum, n) => sum + n),
      1,
    )
    const faults = series('sluice_upstream_faults').map(([, values, n]) => [values.at(-1), n])
    assert.deepEqual(faults, fault === undefined ? [] : [[fault, 1]])
    assert.equal(world.proxy.log.length, 1)
  })
}

test('bytes that never became a request are counted by their fault', async (t) => {
  const { proxy, client } = await startWorld(t)
  client.send('GET / HTTP/1.1\r\n\r\n')
  await client.message()
  assert.equal(proxy.sample('sluice_refused_requests', 'bad-host'), 1)
})

test('a duration is the time from the first byte to the last', async (t) => {
  const world = await startWorld(t)
  world.client.send('G')
  await settled(() => Number(world.proxy.sample('sluice_connections', 'idle')))
  world.proxy.clock.advance(100)
  const connection = await arrived(world, get().slice(1))
  world.proxy.clock.advance(300)
  connection.send('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n')
  await world.client.take('\r\n\r\n')
  world.proxy.clock.advance(400)
  connection.send('x')
  await world.client.take('x')
  const { counts, sum } = world.proxy.sample('sluice_request_duration_seconds') as HistogramValue
  assert.ok(Math.abs(sum - 0.8) < 1e-9, `${sum} s`)
  assert.equal(counts.indexOf(1), 7)
})

test('connections are counted as they come and go', async (t) => {
  const world = await startWorld(t)
  const { proxy } = world
  const connections = () => [proxy.sample('sluice_connections', 'busy'), proxy.sample('sluice_connections', 'idle')]
  await eventually('a connection', () => proxy.sample('sluice_connections_accepted') === 1)
  assert.deepEqual(connections(), [0, 1])
  const connection = await arrived(world, get())
  assert.deepEqual(connections(), [1, 0])
  assert.equal(proxy.sample('sluice_upstream_connections', 'busy'), 1)
  connection.send(ok('x'))
  await world.client.message()
  assert.deepEqual(connections(), [0, 1])
  assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 1)
  world.client.reset()
  await eventually('nobody', () => proxy.sample('sluice_connections', 'idle') === 0)
})
