import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../lib/clock.ts'
import type { Update } from '../model/snapshot.ts'
import { Reconciler } from './reconciler.ts'
import type { Translated } from './translate/translate.ts'

const ALL = { all: true, feeds: new Set<never>() }
const feed = (name: string) => ({ all: false, feeds: new Set([`Slices/shop/${name}` as const]) })
/** Lets promises that are settled run on. */
const turn = () => new Promise<void>((resolve) => process.nextTick(resolve))

/** A world of one resource whose text is set by the test, and a publisher that answers when told to. */
function setUp() {
  const clock = new FakeClock()
  const state = { text: 'a', broken: false, costMs: 0 }
  const log: string[] = []
  const applied: string[] = []
  const published: Update[] = []
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = []
  const translated = (isWhole: boolean): Translated => {
    if (state.broken) throw new Error('defect')
    return { upserts: state.text === '' ? [] : [['cluster/x', state.text]], removals: [], isWhole }
  }
  const reconciler = new Reconciler({
    clock,
    random: () => 1,
    publisher: {
      publish: (update) => {
        published.push(update)
        return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
      },
    },
    translator: {
      translateAll: () => {
        log.push(`all at ${clock.now()}`)
        if (state.costMs > 0) clock.advance(state.costMs)
        return translated(true)
      },
      translateEndpoints: (feeds) => {
        log.push(`${[...feeds].join()} at ${clock.now()}`)
        return translated(false)
      },
    },
    onApplied: (given) => applied.push(given.upserts[0]?.[1] ?? ''),
    onPublishFailure: (error) => log.push(`publish: ${error}`),
    onDefect: (error) => log.push(`defect: ${error}`),
  })
  const answer = async (error?: Error) => {
    const next = waiting.shift()
    assert.ok(next !== undefined, 'nothing is in flight')
    if (error === undefined) next.resolve()
    else next.reject(error)
    await turn()
  }
  const texts = () => published.map(({ upserts, removals }) => [...upserts.map(([, text]) => text), ...removals].join())
  return { clock, state, log, applied, published, reconciler, answer, texts }
}

/** One that has published its first snapshot. */
async function started() {
  const world = setUp()
  const start = world.reconciler.start()
  await world.answer()
  await start
  world.log.length = 0
  world.applied.length = 0
  return world
}

test('start resolves once the first snapshot is applied', async () => {
  const { reconciler, answer, texts } = setUp()
  let isStarted = false
  const start = reconciler.start().then(() => {
    isStarted = true
  })
  await turn()
  assert.equal(isStarted, false)
  await answer()
  await start
  assert.deepEqual(texts(), ['a'])
})

test('changes in a group make one translation, after the quiet', async () => {
  const { clock, log, reconciler } = await started()
  for (let i = 0; i < 5; i++) {
    reconciler.change(ALL)
    clock.advance(10)
  }
  clock.advance(100)
  assert.deepEqual(log, ['all at 60'])
})

test('changes without a pause are translated at the latest after the maximum', async () => {
  const { clock, log, reconciler } = await started()
  for (let i = 0; i < 25; i++) {
    reconciler.change(ALL)
    clock.advance(10)
  }
  assert.deepEqual(log, ['all at 200'])
})

test('after a translation that took long the loop rests, and then sees all that changed meanwhile', async () => {
  const { clock, state, log, reconciler } = await started()
  state.costMs = 50
  reconciler.change(ALL)
  clock.advance(100)
  reconciler.change(ALL)
  reconciler.change(ALL)
  assert.deepEqual(reconciler.waiting, { all: 2, endpoints: 0 })
  clock.advance(1_000)
  // It ended at 70 and rests until 170; the quiet is kept after that, too.
  assert.deepEqual(log, ['all at 20', 'all at 190'])
  reconciler.change(ALL)
  clock.advance(20)
  assert.equal(log.length, 3)
})

test('endpoints do not wait while the loop rests', async () => {
  const { clock, state, log, reconciler } = await started()
  state.costMs = 50
  reconciler.change(ALL)
  clock.advance(100)
  reconciler.change(ALL)
  reconciler.change(feed('web'))
  clock.advance(0)
  assert.deepEqual(log, ['all at 20', 'Slices/shop/web at 100'])
})

test('endpoints go out on the next turn, all of the same turn together', async () => {
  const { clock, log, state, texts, reconciler } = await started()
  state.text = 'b'
  reconciler.change(feed('web'))
  reconciler.change(feed('api'))
  assert.deepEqual(texts(), ['a'])
  clock.advance(0)
  assert.deepEqual(log, ['Slices/shop/web,Slices/shop/api at 0'])
  assert.deepEqual(texts(), ['a', 'b'])
})

test('where nothing differs nothing is published', async () => {
  const { clock, published, reconciler } = await started()
  reconciler.change(ALL)
  clock.advance(1000)
  assert.equal(published.length, 1)
})

test('what changes while an update is in flight is folded into one that follows', async () => {
  const { clock, state, texts, answer, reconciler } = await started()
  for (const text of ['b', 'c', 'd']) {
    state.text = text
    reconciler.change(feed('web'))
    clock.advance(1)
  }
  assert.deepEqual(texts(), ['a', 'b'])
  await answer()
  assert.deepEqual(texts(), ['a', 'b', 'd'])
})

test('what every worker has is told once it has it, and not before', async () => {
  const { clock, state, applied, answer, reconciler } = await started()
  state.text = 'b'
  reconciler.change(ALL)
  clock.advance(20)
  assert.deepEqual(applied, [])
  state.text = 'c'
  reconciler.change(ALL)
  clock.advance(20)
  await answer()
  assert.deepEqual(applied, ['b'])
  await answer()
  assert.deepEqual(applied, ['b', 'c'])
})

test('a translation that changes nothing for the workers is applied as it is', async () => {
  const { clock, applied, published, reconciler } = await started()
  reconciler.change(ALL)
  clock.advance(20)
  assert.deepEqual(applied, ['a'])
  assert.equal(published.length, 1)
})

test('what a worker could not apply is not told', async () => {
  const { clock, state, applied, answer, reconciler } = await started()
  state.text = 'b'
  reconciler.change(ALL)
  clock.advance(20)
  await answer(new Error('worker died'))
  clock.advance(50)
  assert.deepEqual(applied, [])
  clock.advance(50)
  await answer()
  assert.deepEqual(applied, ['b'])
})

test('it is known what waits for a translation', async () => {
  const { clock, reconciler } = await started()
  for (let i = 0; i < 3; i++) reconciler.change(ALL)
  reconciler.change(feed('web'))
  reconciler.change(feed('web'))
  assert.deepEqual(reconciler.waiting, { all: 3, endpoints: 1 })
  clock.advance(0)
  assert.deepEqual(reconciler.waiting, { all: 3, endpoints: 0 })
  clock.advance(20)
  assert.deepEqual(reconciler.waiting, { all: 0, endpoints: 0 })
})

test('endpoints do not wait for the quiet of everything else', async () => {
  const { clock, log, reconciler } = await started()
  reconciler.change(ALL)
  clock.advance(10)
  reconciler.change(feed('web'))
  clock.advance(0)
  assert.deepEqual(log, ['Slices/shop/web at 10'])
  clock.advance(10)
  assert.deepEqual(log, ['Slices/shop/web at 10', 'all at 20'])
})

test('revisions count up', async () => {
  const { clock, state, published, answer, reconciler } = await started()
  for (const text of ['b', 'c']) {
    state.text = text
    reconciler.change(ALL)
    clock.advance(20)
    await answer()
  }
  assert.deepEqual(
    published.map(({ revision }) => revision),
    [1, 2, 3],
  )
})

test('an update that failed is tried again later, as it is then wanted', async () => {
  const { clock, state, log, texts, answer, reconciler } = await started()
  state.text = 'b'
  reconciler.change(ALL)
  clock.advance(20)
  await answer(new Error('worker died'))
  assert.deepEqual(log, ['all at 20', 'publish: Error: worker died'])
  state.text = 'c'
  reconciler.change(feed('web'))
  clock.advance(99)
  assert.deepEqual(texts(), ['a', 'b'])
  clock.advance(1)
  assert.deepEqual(texts(), ['a', 'b', 'c'])
})

test('after a failure nobody knows what arrived: what is no longer wanted is removed, what is wanted is sent again', async () => {
  const { clock, state, texts, answer, reconciler } = await started()
  state.text = ''
  reconciler.change(ALL)
  clock.advance(20)
  await answer(new Error('worker died'))
  state.text = 'a'
  reconciler.change(ALL)
  clock.advance(100)
  assert.deepEqual(texts(), ['a', 'cluster/x', 'a'])
})

test('a translation that throws leaves what was published, and the next one is made', async () => {
  const { clock, state, log, texts, reconciler } = await started()
  state.broken = true
  reconciler.change(ALL)
  clock.advance(20)
  assert.deepEqual(log, ['all at 20', 'defect: Error: defect'])
  Object.assign(state, { broken: false, text: 'b' })
  reconciler.change(ALL)
  clock.advance(20)
  assert.deepEqual(texts(), ['a', 'b'])
})

test('after stop nothing is translated or published', async () => {
  const { clock, state, log, texts, reconciler } = await started()
  state.text = 'b'
  reconciler.change(ALL)
  reconciler.change(feed('web'))
  reconciler.stop()
  reconciler.change(ALL)
  clock.advance(1000)
  assert.deepEqual(log, [])
  assert.deepEqual(texts(), ['a'])
})

test('stop lets go of a start that still waits', async () => {
  const { reconciler } = setUp()
  const start = reconciler.start()
  reconciler.stop()
  await start
})
