import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { FakeClock } from '../lib/clock.ts'
import type { Update } from '../model/snapshot.ts'
import type { FromWorker, ToWorker, WorkerData } from './messages.ts'
import type { Sample } from './metrics.ts'
import type { SpawnThread, ThreadEvents, WorkerThread } from './supervisor/worker-link.ts'
import { Supervisor } from './supervisor.ts'

/** A thread that does nothing by itself and remembers what it was told. */
class FakeThread implements WorkerThread {
  readonly data: WorkerData
  readonly #events: ThreadEvents
  readonly inbox: ToWorker[] = []

  constructor(data: WorkerData, events: ThreadEvents) {
    this.data = data
    this.#events = events
  }

  post(message: ToWorker): void {
    this.inbox.push(message)
  }

  terminate(): void {
    this.die('terminated')
  }

  says(message: FromWorker): void {
    this.#events.message(message)
  }

  die(reason: string): void {
    this.#events.exit(reason)
  }

  told(type: ToWorker['type']): ToWorker[] {
    return this.inbox.filter((message) => message.type === type)
  }
}

const UPDATE: Update = { revision: 1, upserts: [['cluster/a', '{}']], removals: [] }
const LISTEN = { host: '127.0.0.1', port: 8080, reusePort: true }
const spec = { type: 'listening', port: 8080 } as const

let clock: FakeClock
let threads: FakeThread[]
let batches: { lines: Uint8Array; done: (written: boolean) => void }[]
let gaveUp: string[]
let supervisor: Supervisor

beforeEach(() => {
  clock = new FakeClock()
  threads = []
  batches = []
  gaveUp = []
  const spawn: SpawnThread = (data, events) => {
    const thread = new FakeThread(data, events)
    threads.push(thread)
    return thread
  }
  supervisor = new Supervisor({
    workers: 2,
    spawn,
    clock,
    random: () => 0,
    log: { info() {}, error() {} },
    accessLog: { write: (lines, done) => void batches.push({ lines, done }) },
    onFindings: () => {},
    onGiveUp: (reason) => gaveUp.push(reason),
  })
})

/** Whether a promise is settled after all that is due now has run. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  const settle = () => {
    done = true
  }
  promise.then(settle, settle)
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  return done
}

test('an update is published when the last worker has applied it', async () => {
  const published = supervisor.publish(UPDATE)
  threads[0]!.says({ type: 'applied', revision: 1 })
  assert.equal(await settled(published), false)
  threads[1]!.says({ type: 'applied', revision: 1 })
  assert.equal(await settled(published), true)
})

test('an update that a worker rejects is reported, and the next one is not', async () => {
  const first = supervisor.publish(UPDATE)
  threads[0]!.says({ type: 'applied', revision: 1 })
  threads[1]!.says({ type: 'rejected', revision: 1, message: 'no such thing' })
  await assert.rejects(first, /worker 1 could not apply revision 1: no such thing/)
  const second = supervisor.publish({ ...UPDATE, revision: 2 })
  for (const thread of threads) thread.says({ type: 'applied', revision: 2 })
  await second
})

test('a restarted worker gets all there is, then listens, then counts as applied', async () => {
  const first = supervisor.publish(UPDATE)
  for (const thread of threads) thread.says({ type: 'applied', revision: 1 })
  await first
  const listening = supervisor.listen(LISTEN)
  for (const thread of threads) thread.says(spec)
  await listening

  threads[0]!.die('out of memory')
  clock.advance(100)
  const update = { revision: 2, upserts: [['cluster/b', '{}'] as const], removals: [] }
  const second = supervisor.publish(update as Update)
  assert.deepEqual(threads[2]!.inbox.slice(0, 2), [
    { type: 'update', update: UPDATE, grants: { rows: [], limits: [], canaries: [] } },
    { type: 'listen', listen: LISTEN },
  ])
  assert.equal(threads[2]!.data.index, 0)
  threads[1]!.says({ type: 'applied', revision: 2 })
  assert.equal(await settled(second), false)
  threads[2]!.says({ type: 'applied', revision: 2 })
  assert.equal(await settled(second), true)
})

test('a worker that dies does not hold up an update, but with none left nothing is applied', async () => {
  const published = supervisor.publish(UPDATE)
  threads[0]!.die('crash')
  threads[1]!.die('crash')
  assert.equal(await settled(published), false)
  clock.advance(500)
  for (const thread of threads.slice(2)) thread.says({ type: 'applied', revision: 1 })
  assert.equal(await settled(published), true)
})

test('the third death within a minute is the last', () => {
  threads[0]!.die('one')
  clock.advance(100)
  threads[1]!.die('two')
  clock.advance(500)
  assert.deepEqual(gaveUp, [])
  threads[3]!.die('three')
  assert.equal(gaveUp.length, 1)
  assert.match(gaveUp[0]!, /three/)
  clock.advance(60_000)
  assert.equal(threads.length, 4)
})

test('a worker that cannot listen fails the start with its reason', async () => {
  const listening = supervisor.listen(LISTEN)
  threads[0]!.says(spec)
  threads[1]!.says({ type: 'failed', message: 'no such address' })
  await assert.rejects(listening, /no such address/)
})

test('a successor that cannot listen makes room for the next one', async () => {
  const listening = supervisor.listen(LISTEN)
  for (const thread of threads) thread.says(spec)
  await listening
  threads[0]!.die('crash')
  clock.advance(100)
  threads[2]!.says({ type: 'failed', message: 'no descriptor left' })
  clock.advance(500)
  assert.equal(threads.length, 4)
})

test('counters of a dead worker stay in the sum, its gauges go', async () => {
  const counter = (value: number): Sample => ['sluice_connections_accepted', [], value]
  const gauge: Sample = ['sluice_connections', ['active'], 3]
  const ask = async (samples: readonly (readonly Sample[])[]): Promise<readonly Sample[]> => {
    const answer = supervisor.samples()
    const live = threads.filter((thread) => !dead.has(thread))
    for (const [i, thread] of live.entries()) {
      const asked = thread.told('metrics').at(-1) as { request: number }
      thread.says({ type: 'metrics', request: asked.request, samples: samples[i]! })
    }
    return answer
  }
  const dead = new Set<FakeThread>()
  assert.deepEqual(
    await ask([
      [counter(5), gauge],
      [counter(2), gauge],
    ]),
    [counter(7), ['sluice_connections', ['active'], 6]],
  )
  threads[0]!.die('crash')
  dead.add(threads[0]!)
  assert.deepEqual(await ask([[counter(3), gauge]]), [counter(8), gauge])
})

test('a worker that does not answer is counted as it was last seen', async () => {
  const answer = supervisor.samples()
  threads[0]!.says({ type: 'metrics', request: 1, samples: [['sluice_connections_accepted', [], 4]] })
  assert.equal(await settled(answer), false)
  clock.advance(2_000)
  assert.deepEqual(await answer, [['sluice_connections_accepted', [], 4]])
})

test('log lines go to the writer, and the worker hears what became of them', () => {
  const lines = Buffer.from('{}\n')
  threads[1]!.says({ type: 'log', lines })
  assert.deepEqual(batches[0]!.lines, lines)
  batches[0]!.done(false)
  assert.deepEqual(threads[1]!.told('logged'), [{ type: 'logged', written: false }])
})

test('a drain waits for every worker, and deaths during it are not counted', async () => {
  supervisor.retire()
  const drained = supervisor.drain(5_000)
  threads[0]!.says({ type: 'drained' })
  assert.equal(await settled(drained), false)
  threads[1]!.die('crash')
  assert.equal(await settled(drained), true)
  assert.equal(supervisor.deaths, 0)
  assert.deepEqual(
    threads[0]!.inbox.map((message) => message.type),
    ['retire', 'drain'],
  )
})

test('a worker that does not drain is ended after the deadline', async () => {
  const drained = supervisor.drain(5_000)
  clock.advance(5_999)
  assert.equal(await settled(drained), false)
  clock.advance(1)
  assert.equal(await settled(drained), true)
})
