/** What a reflector owes us when the API server does what it should not: nothing is lost, nothing is "all gone". */
import assert from 'node:assert/strict'
import { type TestContext, test as testWith } from 'node:test'
import { type Fault, refuse, reply } from './double.ts'
import { Follower, SERVICES, service } from './follower.ts'

const test = (name: string, run: (t: TestContext) => Promise<void>) => testWith(name, { timeout: 20_000 }, run)

const times = (n: number, fault: Fault): readonly Fault[] => Array.from({ length: n }, () => fault)
const expired: Fault = (response) => refuse(response, 410, 'Expired')
const expiredInStream: Fault = (response) => {
  const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }
  response.writeHead(200)
  response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`)
}

for (const [how, fault] of [
  ['instead of a watch', expired],
  ['within a watch', expiredInStream],
] as const) {
  test(`410 ${how}: all is listed again, and only what differs is told`, async (t) => {
    const follower = await Follower.watching(t, 'a', 'b', 'c')
    follower.double.endWatches(SERVICES, 'cut')
    await follower.bell.until(() => follower.double.watching(SERVICES) === 0)
    follower.double.remove(SERVICES, service('b'))
    follower.double.put(SERVICES, service('c', 81))
    follower.double.put(SERVICES, service('d'))
    follower.double.fail('watch', fault)
    await follower.clock.elapse()
    await follower.clock.elapse()
    await follower.knows('a', 'c', 'd')
    assert.deepEqual(
      follower.changes.at(-1)!.upserts.map(({ ref }) => ref),
      ['Service/shop/c', 'Service/shop/d'],
    )
    assert.deepEqual(follower.removals, ['Service/shop/b'])
  })
}

test('a storm of 410 is answered with ever longer pauses, and with nothing taken away', async (t) => {
  const follower = await Follower.watching(t, 'a', 'b')
  follower.double.fail('watch', ...times(12, expired))
  follower.double.endWatches(SERVICES)
  const pauses: number[] = []
  for (let i = 0; i < 13; i++) pauses.push(await follower.clock.elapse())
  await follower.open()
  assert.ok(
    pauses.slice(7).every((ms) => ms >= 5_000 && ms <= 10_000),
    `${pauses}`,
  )
  assert.equal(follower.double.count('list'), 13)
  assert.deepEqual(follower.removals, [])
})

test('a page that expires while it is awaited: the list is fetched at once, in one piece', async (t) => {
  const follower = await Follower.create(t)
  for (let i = 0; i < 600; i++) follower.double.put(SERVICES, service(`s${i}`))
  const untouched: Fault = (response) =>
    reply(response, 200, { metadata: { continue: '500', resourceVersion: '1' }, items: [] })
  follower.double.fail('list', untouched, expired)
  follower.start()
  await follower.bell.until(() => follower.ports.size === 600)
  assert.equal(follower.double.last('list').query.get('limit'), null)
})

test('a watch that is closed every second loses nothing and needs no list', async (t) => {
  const follower = await Follower.watching(t)
  const names: string[] = []
  for (let i = 0; i < 50; i++) {
    names.push(`s${i}`)
    follower.double.put(SERVICES, service(`s${i}`))
    follower.double.endWatches(SERVICES)
    follower.clock.advance(1_000)
    assert.ok((await follower.clock.elapse()) <= 400, 'a watch that worked is no failure')
    await follower.open()
  }
  await follower.knows(...names)
  assert.equal(follower.double.count('list'), 1)
})

test('half an event is told when the watch is back, once', async (t) => {
  const follower = await Follower.watching(t, 'a')
  const half: Fault = (response) => {
    response.writeHead(200)
    response.write('{"type":"ADDED","object":{"metadata":{"na', () => response.destroy())
  }
  follower.double.fail('watch', half)
  follower.double.endWatches(SERVICES)
  follower.double.put(SERVICES, service('b'))
  await follower.clock.elapse()
  await follower.clock.elapse()
  await follower.knows('a', 'b')
  assert.equal(follower.double.count('list'), 1)
})

test('a line that is not JSON, again and again, is walked around by a list; what came before it counts', async (t) => {
  const follower = await Follower.watching(t, 'a')
  const broken: Fault = (response) => {
    response.writeHead(200)
    const metadata = { name: 'b', namespace: 'shop', resourceVersion: '102' }
    response.end(`${JSON.stringify({ type: 'ADDED', object: { ...service('b'), metadata } })}\n{"type":\n`)
  }
  follower.double.fail('watch', ...times(2, broken))
  follower.double.endWatches(SERVICES)
  await follower.clock.elapse()
  await follower.knows('a', 'b')
  follower.double.put(SERVICES, service('b'))
  follower.double.put(SERVICES, service('c'))
  await follower.clock.elapse()
  await follower.clock.elapse()
  await follower.knows('a', 'b', 'c')
  assert.equal(follower.double.count('list'), 2)
})

test('an object as large as a server stores comes by the watch', async (t) => {
  const follower = await Follower.watching(t, 'a')
  follower.double.put(SERVICES, { ...service('big'), padding: 'x'.repeat(4.5 * 1024 * 1024) })
  await follower.knows('a', 'big')
  assert.equal(follower.double.count('list'), 1)
})

test('an event of 10 MB is not held: a list tells what it was about', async (t) => {
  const follower = await Follower.watching(t, 'a')
  const object = { ...service('big'), padding: 'x'.repeat(10 * 1024 * 1024) }
  follower.double.put(SERVICES, object)
  await follower.clock.elapse()
  await follower.knows('a', 'big')
  await follower.open()
  follower.double.put(SERVICES, service('b'))
  await follower.knows('a', 'b', 'big')
  assert.equal(follower.double.count('list'), 2)
})

test('a connection that died in silence is noticed, and what it hid is told', async (t) => {
  const follower = await Follower.watching(t, 'a')
  const silent: Fault = (response) => {
    response.writeHead(200)
    response.flushHeaders()
  }
  follower.double.fail('watch', silent)
  follower.double.endWatches(SERVICES)
  await follower.clock.elapse()
  await follower.clock.set(150_000)
  follower.double.put(SERVICES, service('b'))
  assert.equal(await follower.clock.elapse(150_000), 150_000)
  await follower.clock.elapse()
  await follower.knows('a', 'b')
})

test('an API server that never answers a list is asked again', async (t) => {
  const follower = await Follower.create(t)
  follower.double.put(SERVICES, service('a'))
  follower.double.fail('list', () => {})
  follower.start()
  await follower.bell.until(() => follower.double.count('list') === 1)
  assert.equal(await follower.clock.elapse(60_000), 60_000)
  await follower.clock.elapse()
  await follower.knows('a')
})

test('a slow API server is waited for as long as it goes on', async (t) => {
  const follower = await Follower.create(t)
  const pieces = JSON.stringify({ metadata: { resourceVersion: '7' }, items: [] }).match(/.{1,9}/g) ?? []
  let write = () => {}
  follower.double.fail('list', (response) => {
    response.writeHead(200)
    write = () => response.write(pieces.shift() ?? '', () => follower.bell.ring())
  })
  follower.start()
  await follower.bell.until(() => follower.double.count('list') === 1)
  while (pieces.length > 0) {
    write()
    await new Promise((resolve) => setImmediate(resolve))
    follower.clock.advance(20_000)
  }
  assert.equal(follower.reflector.health.condition, 'starting')
})
