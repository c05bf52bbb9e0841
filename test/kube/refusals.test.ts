/** What a server refuses, does not know or cannot give: for how long it is left alone, and what holds meanwhile. */
import assert from 'node:assert/strict'
import { type TestContext, test as testWith } from 'node:test'
import { type Fault, refuse, reply } from './double.ts'
import { Follower, SERVICES, service } from './follower.ts'

const test = (name: string, run: (t: TestContext) => Promise<void>) => testWith(name, { timeout: 20_000 }, run)

for (const status of [429, 503]) {
  test(`${status} with Retry-After: that long it is left alone`, async (t) => {
    const follower = await Follower.create(t)
    follower.double.fail('list', (response) => refuse(response, status, 'TooManyRequests', { 'retry-after': '7' }))
    follower.start()
    const pause = await follower.clock.elapse()
    assert.ok(pause >= 7_000 && pause < 8_000, `${pause} ms`)
    await follower.open()
  })
}

test('a kind that the cluster does not know is empty and synced, and followed once it comes', async (t) => {
  const follower = await Follower.create(t)
  follower.double.kinds.delete(SERVICES)
  follower.start()
  await follower.bell.until(() => follower.synced)
  assert.equal(follower.reflector.health.condition, 'unknown-kind')
  follower.double.kinds.add(SERVICES)
  follower.double.put(SERVICES, service('a'))
  assert.equal(await follower.clock.elapse(30_000), 30_000)
  await follower.knows('a')
  assert.equal(follower.reflector.health.condition, 'live')
})

test('a 404 that discovery contradicts takes nothing away', async (t) => {
  const follower = await Follower.watching(t, 'a')
  follower.double.fail('watch', (response) => refuse(response, 404))
  follower.double.fail('list', (response) => refuse(response, 404))
  follower.double.endWatches(SERVICES)
  for (let i = 0; i < 3; i++) await follower.clock.elapse()
  await follower.open()
  assert.deepEqual(follower.removals, [])
  assert.ok(follower.healths.every(({ condition }) => condition !== 'unknown-kind'))
})

test('a kind that went away takes its objects along', async (t) => {
  const follower = await Follower.watching(t, 'a')
  follower.double.kinds.delete(SERVICES)
  follower.double.endWatches(SERVICES)
  await follower.clock.elapse()
  await follower.knows()
})

const forbidden: Fault = (response) => refuse(response, 403, 'Forbidden')

test('what is forbidden keeps its last state and is tried every 30 s, after a few hasty tries', async (t) => {
  const follower = await Follower.watching(t, 'a')
  follower.double.fail('watch', forbidden)
  follower.double.fail('list', forbidden, forbidden, forbidden, forbidden)
  follower.double.endWatches(SERVICES)
  await follower.clock.elapse()
  follower.double.remove(SERVICES, service('a'))
  const waits: number[] = []
  for (let i = 0; i < 5; i++) {
    waits.push(await follower.clock.elapse(30_000))
    assert.equal(follower.ports.size, 1)
  }
  assert.deepEqual(
    waits.map((ms) => ms === 30_000),
    [false, false, true, true, true],
    waits.join(),
  )
  await follower.knows()
  assert.equal(follower.reflector.health.condition, 'live')
})

test('an essential kind that is forbidden from the start is waited for, another is not', async (t) => {
  for (const essential of [true, false]) {
    const follower = await Follower.create(t, { essential })
    follower.double.fail('list', forbidden)
    follower.start()
    await follower.bell.until(() => follower.reflector.health.condition === 'forbidden')
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(follower.synced, !essential)
  }
})

test('a rotated token is used at once, and one that is refused is read anew', async (t) => {
  const follower = await Follower.create(t)
  follower.double.token = 'new'
  follower.access.headers = { authorization: 'Bearer old' }
  follower.access.onRefused = () => {
    follower.access.headers = { authorization: 'Bearer new' }
  }
  follower.start()
  await follower.clock.elapse()
  await follower.open()
  assert.equal(follower.double.asked[0]!.headers.authorization, 'Bearer old')
  assert.equal(follower.double.last('watch').headers.authorization, 'Bearer new')
})

test('an API server that is not there is tried for ever, and caught up with when it is back', async (t) => {
  const follower = await Follower.watching(t, 'a')
  const { server } = follower.access
  follower.access.server = 'http://127.0.0.1:1'
  follower.double.endWatches(SERVICES, 'cut')
  for (let i = 0; i < 40; i++) assert.ok((await follower.clock.elapse()) <= 10_000)
  await follower.bell.until(() => follower.reflector.health.failures === 41)
  assert.equal(follower.reflector.health.condition, 'retrying')
  assert.ok(follower.reflector.age! > 100_000)
  follower.double.put(SERVICES, service('b'))
  follower.access.server = server
  await follower.clock.elapse()
  await follower.knows('a', 'b')
  assert.equal(follower.double.count('list'), 1)
})

test('a point in time that the server has not reached (restored from a backup) is given up', async (t) => {
  const follower = await Follower.watching(t, 'a')
  follower.double.fail('watch', (response) => {
    const details = { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 1 }
    reply(response, 504, { kind: 'Status', code: 504, reason: 'Timeout', message: 'too large', details })
  })
  follower.double.endWatches(SERVICES)
  await follower.clock.elapse()
  await follower.clock.elapse()
  await follower.open()
  assert.equal(follower.double.count('list'), 2)
})

test('what the one who is told throws is reported, and the objects are told again', async (t) => {
  const follower = await Follower.watching(t, 'a')
  const mistake = new TypeError('a defect')
  follower.onChange = () => {
    follower.onChange = () => {}
    throw mistake
  }
  follower.double.put(SERVICES, service('b'))
  await follower.bell.until(() => follower.defects.length > 0)
  assert.deepEqual(follower.defects.splice(0), [mistake])
  await follower.clock.elapse()
  await follower.knows('a', 'b')
  follower.onChange = () => {
    follower.onChange = () => {}
    throw mistake
  }
  follower.double.remove(SERVICES, service('b'))
  await follower.bell.until(() => follower.defects.length > 0)
  assert.deepEqual(follower.defects.splice(0), [mistake])
  await follower.clock.elapse()
  await follower.knows('a')
})
