/** A limit that finds itself: it begins with a few requests at a time, and the rest waits. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_LIMITS } from '../../src/model/cluster.ts'
import { eventually, get, ok, startWorld } from './harness.ts'

test('while nothing is known few requests are under way, and more once they are answered in time', async (t) => {
  const { proxy, backend } = await startWorld(t)
  proxy.cluster({ limits: { ...NO_LIMITS, adaptive: true, pending: 100, pendingMs: 3_600_000 } }).apply()
  const limit = () => proxy.sample('sluice_service_concurrency_limit') as number
  const clients = await Promise.all(Array.from({ length: 30 }, () => proxy.connect()))
  for (const client of clients) client.send(get())
  await eventually('all but three to wait', () => proxy.sample('sluice_service_requests_waiting') === 27)
  assert.deepEqual([backend.connections.length, limit()], [3, 3])
  const statuses = clients.map(async (client) => (await client.message()).status)
  await eventually('everybody to be served', () => {
    proxy.clock.advance(5)
    for (const connection of backend.connections) {
      if (connection.text === '') continue
      connection.text = ''
      connection.send(ok('x'))
    }
    return proxy.log.length === 30
  })
  assert.deepEqual(new Set(await Promise.all(statuses)), new Set([200]))
  assert.ok(limit() > 3, `${limit()}`)
})
