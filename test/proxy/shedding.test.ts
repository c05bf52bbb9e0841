/** A worker that has too much to do leaves requests of low priority undone, and says so. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answering, get, startWorld } from './harness.ts'

test('of an overloaded worker clients of low priority are told to come back; the others are served', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  answering(backend)
  proxy.route({ path: '/report', priority: 'low' }).route({ path: '/pay', priority: 'high' }).apply()
  proxy.memory = 0.99
  proxy.clock.advance(10_000)
  for (let n = 0; n < 5; n++) {
    client.send(get('/report'))
    const { status, fields } = await client.message()
    assert.deepEqual([status, fields.get('retry-after')], [503, '1'])
    client.send(get('/pay'))
    assert.equal((await client.message()).status, 200)
  }
  assert.equal(proxy.log[0]?.fault, 'overloaded')
  assert.equal(proxy.sample('sluice_requests_shed', 'low'), 5)
  assert.equal(proxy.sample('sluice_requests_shed', 'high'), undefined)
  proxy.memory = 0.5
  proxy.clock.advance(10_000)
  client.send(get('/report'))
  assert.equal((await client.message()).status, 200)
})

test('it can be switched off', async (t) => {
  const { proxy, backend, client } = await startWorld(t, { priority: 'low' })
  answering(backend)
  proxy.settings({ overload: { delayMs: 0, memoryPercent: 0 } }).apply()
  proxy.memory = 1
  proxy.clock.advance(10_000)
  client.send(get())
  assert.equal((await client.message()).status, 200)
})
