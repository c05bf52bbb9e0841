/** What a reflector owes us while everything goes well. */
import assert from 'node:assert/strict'
import { type TestContext, test as testWith } from 'node:test'
import { Follower, SERVICES, service } from './follower.ts'

const test = (name: string, run: (t: TestContext) => Promise<void>) => testWith(name, { timeout: 20_000 }, run)

test('a list comes in pages and is told as a whole', async (t) => {
  const follower = await Follower.create(t)
  const names = Array.from({ length: 1201 }, (_, i) => `s${i}`)
  for (const name of names) follower.double.put(SERVICES, service(name))
  follower.start()
  await follower.knows(...names)
  assert.deepEqual(
    follower.double.asked.filter(({ kind }) => kind === 'list').map(({ query }) => query.get('continue')),
    [null, '500', '1000'],
  )
  assert.equal(follower.changes.length, 1)
})

test('what is created, changed and deleted is told', async (t) => {
  const follower = await Follower.watching(t, 'a')
  assert.equal(follower.synced, true)
  follower.double.put(SERVICES, service('b'))
  await follower.knows('a', 'b')
  follower.double.put(SERVICES, service('a', 81))
  await follower.bell.until(() => follower.ports.get('a') === 81)
  follower.double.remove(SERVICES, service('b'))
  await follower.knows('a')
})

test('what is not kept is not told: no managedFields, no status, and no change of them alone', async (t) => {
  const follower = await Follower.watching(t, 'a')
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', mine: 'x' }
  follower.double.put(SERVICES, {
    ...service('b'),
    metadata: { name: 'b', namespace: 'shop', managedFields: [{}], annotations },
  })
  await follower.knows('a', 'b')
  const [told] = follower.changes.at(-1)!.upserts
  assert.deepEqual(Object.keys(told!.object), ['spec', 'metadata'])
  assert.deepEqual(told!.object.metadata, {
    name: 'b',
    namespace: 'shop',
    labels: undefined,
    annotations: { mine: 'x' },
  })
  follower.double.put(SERVICES, { ...service('a'), status: { loadBalancer: { ingress: [] } } })
  follower.double.put(SERVICES, service('c'))
  await follower.knows('a', 'b', 'c')
  assert.deepEqual(
    follower.changes.map(({ upserts }) => upserts.length),
    [1, 1, 1],
  )
})

test('a watch that ends is taken up where it was, bookmarks counted', async (t) => {
  const follower = await Follower.watching(t, 'a')
  follower.double.put(SERVICES, service('b'))
  follower.double.bookmark(SERVICES)
  follower.double.put(SERVICES, service('mark'))
  await follower.knows('a', 'b', 'mark')
  follower.double.endWatches(SERVICES)
  await follower.clock.elapse()
  await follower.open()
  assert.equal(follower.double.last('watch').query.get('resourceVersion'), '104')
  assert.equal(follower.double.last('watch').query.get('allowWatchBookmarks'), 'true')
  assert.equal(follower.double.count('list'), 1)
})

test('a bookmark alone moves the point in time on', async (t) => {
  const follower = await Follower.watching(t, 'a')
  follower.double.bookmark(SERVICES)
  follower.double.endWatches(SERVICES)
  await follower.clock.elapse()
  await follower.open()
  assert.equal(follower.double.last('watch').query.get('resourceVersion'), '102')
})

test('an object that comes twice in one version is told once', async (t) => {
  const follower = await Follower.watching(t, 'a')
  const again = {
    type: 'MODIFIED',
    object: { ...service('a', 9), metadata: { name: 'a', namespace: 'shop', resourceVersion: '101' } },
  }
  follower.double.send(SERVICES, `${JSON.stringify(again)}\n`)
  follower.double.put(SERVICES, service('b'))
  await follower.knows('a', 'b')
  assert.equal(follower.ports.get('a'), 80)
})

test('after its end nothing is told and nothing is asked', async (t) => {
  const follower = await Follower.watching(t, 'a')
  follower.reflector.stop()
  await follower.bell.until(() => follower.double.watching(SERVICES) === 0)
  const before = follower.double.asked.length
  follower.clock.advance(3_600_000)
  follower.double.put(SERVICES, service('b'))
  assert.equal(follower.double.asked.length, before)
  assert.deepEqual([...follower.ports.keys()], ['a'])
})
