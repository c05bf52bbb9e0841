/** Patches on their way: what is written when, and what becomes of refusals. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '../../src/controller/source/kube/errors.ts'
import { WriteQueue } from '../../src/controller/status/write-queue.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { Counts } from '../../src/lib/counts.ts'
import { MemoryApi, refusal, settle, testLog } from './memory-api.ts'

function world() {
  const api = new MemoryApi()
  const clock = new FakeClock()
  const counts = new Counts()
  const log = testLog()
  const may = { write: true }
  const queue = new WriteQueue({
    client: api,
    clock,
    random: () => 1,
    log,
    mayWrite: () => may.write,
    manager: 'sluice/ingress/lease',
    resource: 'ingresses/status',
    counts,
  })
  /** Asks for a status, which is then what the object has. */
  const put = (name: string, value: number) =>
    queue.put(name, () => ({ path: `/x/${name}/status`, kind: 'merge', body: { status: { value } } }))
  const exists = (...names: readonly string[]) => {
    for (const name of names) api.put(`/x/${name}`, { metadata: { name } })
  }
  const values = (name: string) =>
    api.writes
      .filter(({ path }) => path === `/x/${name}/status`)
      .map(({ body }) => (body.status as { value: number }).value)
  const pass = async (ms: number, step = 100) => {
    for (let i = 0; i < ms; i += step) {
      clock.advance(step)
      await settle()
    }
  }
  return { api, clock, counts, log, may, queue, put, exists, values, pass }
}

test('of several for one object the latest is written', async () => {
  const { queue, put, exists, values } = world()
  exists('a')
  put('a', 1)
  // The first is under way; of the others only the last is left.
  for (const value of [2, 3, 4]) put('a', value)
  await settle()
  assert.deepEqual(values('a'), [1, 4])
  assert.equal(queue.length, 0)
})

test('what is to be written is decided when its turn comes', async () => {
  const { api, queue, put, exists } = world()
  exists('a', 'b', 'c', 'd', 'e')
  for (const name of ['a', 'b', 'c', 'd']) put(name, 1)
  let wanted = true
  queue.put('e', () => (wanted ? { path: '/x/e/status', kind: 'merge', body: {} } : undefined))
  wanted = false
  await settle()
  assert.deepEqual(
    api.writes.map(({ path }) => path).sort(),
    ['a', 'b', 'c', 'd'].map((name) => `/x/${name}/status`),
  )
})

test('few at a time, and so many a second', async () => {
  const { api, queue, put, exists, pass } = world()
  const names = Array.from({ length: 300 }, (_, i) => `n${i}`)
  exists(...names)
  let [open, most] = [0, 0]
  const patch = api.patch.bind(api)
  api.patch = async (...args) => {
    most = Math.max(most, ++open)
    return patch(...args).finally(() => open--)
  }
  for (const name of names) put(name, 1)
  await settle()
  for (let i = 0; i < 20; i++) await settle()
  assert.equal(api.writes.length, 100)
  await pass(1_000, 20)
  assert.ok(api.writes.length >= 148 && api.writes.length <= 152, `${api.writes.length}`)
  await pass(4_000, 20)
  assert.deepEqual([api.writes.length, queue.length, most], [300, 0, 4])
})

test('an object that is gone is forgotten', async () => {
  const { queue, put, counts, log, pass } = world()
  put('a', 1)
  await pass(60_000, 10_000)
  assert.equal(queue.length, 0)
  assert.equal(counts.of('ingresses/status', 'gone'), 1)
  assert.deepEqual(log.lines, [])
})

for (const [status, result] of [
  [409, 'conflict'],
  [429, 'throttled'],
  [500, 'failed'],
  [503, 'failed'],
] as const) {
  test(`${status} is tried again after a pause, as it is then wanted`, async () => {
    const { api, put, exists, values, counts, pass } = world()
    exists('a')
    api.gate = () => refusal(status)
    put('a', 1)
    await settle()
    put('a', 2)
    api.gate = () => undefined
    await settle()
    assert.deepEqual(values('a'), [], 'there was no pause')
    await pass(500)
    assert.deepEqual(values('a'), [2])
    assert.equal(counts.of('ingresses/status', result), 1)
  })
}

test('pauses grow while nothing works, and Retry-After is obeyed', async () => {
  const { api, put, exists, pass } = world()
  exists('a')
  api.gate = () => refusal(500)
  put('a', 1)
  await pass(60_000)
  assert.ok(api.attempts >= 6 && api.attempts <= 8, `${api.attempts}`)
  const asked = world()
  asked.exists('a')
  asked.api.gate = () => refusal(429, '', { retryAfterMs: 20_000 })
  asked.put('a', 1)
  await asked.pass(20_000)
  assert.equal(asked.api.attempts, 1)
})

test('what is forbidden is said once and tried again every 30 s, however many objects it concerns', async () => {
  const { api, queue, put, exists, pass, log, values } = world()
  const names = Array.from({ length: 50 }, (_, i) => `n${i}`)
  exists(...names)
  api.gate = (_, path) => new ApiError(`${path} is forbidden`, { status: 403, reason: 'Forbidden', causes: [] })
  for (const name of names) put(name, 1)
  await pass(10_000)
  const hasty = api.attempts
  assert.ok(hasty <= 16, `${hasty}`)
  await pass(62_000)
  assert.ok(api.attempts - hasty <= 12, `${api.attempts}`)
  assert.equal(log.lines.length, 1)
  assert.match(log.lines[0]!, /^warn: a status could not be written .*ingresses\/status.*n0\/status is forbidden/)
  api.gate = () => undefined
  await pass(60_000)
  assert.equal(queue.length, 0)
  assert.deepEqual(values('n49'), [1])
})

test('refusals by a server that has just started are over in a moment', async () => {
  const { api, put, exists, values, pass } = world()
  const names = Array.from({ length: 20 }, (_, i) => `n${i}`)
  exists(...names)
  api.gate = () => (api.attempts <= 8 ? refusal(403, 'Forbidden') : undefined)
  for (const name of names) put(name, 1)
  await pass(5_000)
  assert.deepEqual(
    names.filter((name) => values(name).length === 0),
    [],
  )
})

for (const status of [403, 409, 422]) {
  test(`${status} for one object holds no other up`, async () => {
    const { api, put, exists, values, pass } = world()
    const names = Array.from({ length: 20 }, (_, i) => `n${i}`)
    exists('bad', ...names)
    api.gate = (_, path) => (path.includes('/bad/') ? refusal(status) : undefined)
    put('bad', 1)
    for (const name of names) put(name, 1)
    await settle()
    await settle()
    assert.deepEqual(
      names.map((name) => values(name).length).filter((count) => count !== 1),
      [],
    )
    api.gate = () => undefined
    await pass(31_000, 1_000)
    assert.deepEqual(values('bad'), [1])
  })
}

test('what the server will not have is said once, and tried again now and then', async () => {
  const { api, queue, put, exists, log, pass } = world()
  exists('a')
  api.gate = () => refusal(422, 'Invalid')
  put('a', 1)
  await pass(70_000, 1_000)
  assert.deepEqual([api.attempts, queue.length, log.lines.length], [3, 1, 1])
})

test('one object that is refused again and again is told of once, whatever becomes of the others', async () => {
  const { api, put, exists, log, pass } = world()
  exists('bad', 'worse', 'good')
  api.gate = (_, path) => (path.includes('/good/') ? undefined : refusal(422, path))
  put('bad', 1)
  put('worse', 1)
  for (let i = 0; i < 4; i++) {
    put('good', i)
    await pass(31_000, 1_000)
  }
  assert.equal(api.attempts, 4 + 2 * 5)
  assert.ok(log.lines.length <= 2, log.lines.join('\n'))
})

test('one that may not write any more writes nothing, and forgets what it would have', async () => {
  const { api, queue, put, exists, may, pass } = world()
  exists('a', 'b')
  api.gate = () => refusal(500)
  put('a', 1)
  await settle()
  may.write = false
  api.gate = () => undefined
  await pass(60_000, 1_000)
  put('b', 1)
  await settle()
  assert.deepEqual([api.writes.length, queue.length], [0, 0])
})
