/** Idle connections to an endpoint are closed before it closes them itself, as far as anybody can know when that is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, get, ok, startWorld } from './harness.ts'

/** Deadlines are checked ten times a second, and rounded up. */
const SLACK_MS = 250

test('an endpoint that announces its time is believed', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  const idle = () => proxy.sample('sluice_upstream_connections', 'idle')
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  connection.send('HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n')
  assert.equal((await client.message()).fields.get('keep-alive'), undefined)
  proxy.clock.advance(3_900)
  assert.equal(idle(), 1)
  proxy.clock.advance(100 + SLACK_MS)
  assert.equal(idle(), 0)
  await connection.atEnd()
})

test('one that closes connections at the same age twice is known to do so', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  const idle = () => proxy.sample('sluice_upstream_connections', 'idle')
  const use = async () => {
    client.send(get())
    const connection = await backend.accept()
    await connection.message()
    connection.send(ok('x'))
    await client.message()
    assert.equal(idle(), 1)
    return connection
  }
  for (let times = 0; times < 2; times++) {
    const connection = await use()
    proxy.clock.advance(5_000)
    assert.equal(idle(), 1)
    connection.end()
    await eventually('the end of the connection', () => idle() === 0)
  }
  const connection = await use()
  proxy.clock.advance(4_000 + SLACK_MS)
  assert.equal(idle(), 0)
  await connection.atEnd()
})
