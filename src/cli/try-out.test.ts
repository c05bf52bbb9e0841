import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type Clock, FakeClock } from '../lib/clock.ts'
import { tryOut } from './try-out.ts'

/** Answers by the list, then with its last entry; each entry is a status. */
async function answering(t: TestContext, ...statuses: readonly number[]) {
  const seen: string[] = []
  const server = createServer(({ method, url, headers }, response) => {
    const status = statuses[Math.min(seen.length, statuses.length - 1)]!
    seen.push(`${method} ${headers.host}${url}`)
    response.writeHead(status).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { port: (server.address() as AddressInfo).port, seen }
}

/** Every wait is over at once, and takes its time on the clock. */
function impatientClock(): Clock {
  const fake = new FakeClock()
  const after = (ms: number, run: () => void) => {
    // Answers come from a real socket: only the pauses between requests are skipped.
    if (ms <= 100) queueMicrotask(() => fake.advance(ms))
    return fake.after(ms, run)
  }
  return { now: () => fake.now(), wall: () => fake.wall(), every: (ms, run) => fake.every(ms, run), after }
}

const spec = (port: number) => ({ clock: impatientClock(), host: '127.0.0.1', port, deadlineMs: 1_000 })

test('a request is sent as the example says', async (t) => {
  const { port, seen } = await answering(t, 200)
  assert.deepEqual(await tryOut([{ method: 'PUT', host: 'a.test', path: '/x?y=1' }], spec(port)), [])
  assert.deepEqual(seen, ['PUT a.test/x?y=1'])
})

test('a wrong answer is asked again until it is right', async (t) => {
  const { port, seen } = await answering(t, 503, 503, 404)
  assert.deepEqual(await tryOut([{ path: '/', status: 404 }], spec(port)), [])
  assert.equal(seen.length, 3)
})

test('after the deadline what does not answer is named with what was expected', async (t) => {
  const { port, seen } = await answering(t, 503)
  assert.deepEqual(await tryOut([{ host: 'a.test', path: '/b' }], spec(port)), ['a.test/b: expected 200, got 503'])
  assert.equal(seen.length, 11)
})
