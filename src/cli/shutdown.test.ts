import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { FakeClock } from '../lib/clock.ts'
import { Shutdown } from './shutdown.ts'

let clock: FakeClock
let steps: string[]
let drained: PromiseWithResolvers<void>

beforeEach(() => {
  clock = new FakeClock()
  steps = []
  drained = Promise.withResolvers()
})

function shutdown(drainDelayMs = 0): Shutdown {
  return new Shutdown({
    clock,
    drainDelayMs,
    retire: () => steps.push('retire'),
    drain: () => {
      steps.push('drain')
      return drained.promise
    },
    close: async () => void steps.push('close'),
    exit: (code) => steps.push(`exit ${code}`),
  })
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

test('SIGTERM retires, drains, closes and exits with 0', async () => {
  const end = shutdown()
  assert.equal(end.begun, false)
  end.signal('SIGTERM')
  assert.equal(end.begun, true)
  await turns()
  assert.deepEqual(steps, ['retire', 'drain'])
  drained.resolve()
  await turns()
  assert.deepEqual(steps, ['retire', 'drain', 'close', 'exit 0'])
})

test('connections are taken for the drain delay', async () => {
  shutdown(5_000).signal('SIGTERM')
  clock.advance(4_999)
  await turns()
  assert.deepEqual(steps, ['retire'])
  clock.advance(1)
  await turns()
  assert.deepEqual(steps, ['retire', 'drain'])
})

test('repeated SIGTERMs change nothing', async () => {
  const end = shutdown()
  for (let i = 0; i < 3; i++) {
    end.signal('SIGTERM')
    clock.advance(1_000)
  }
  drained.resolve()
  await turns()
  assert.deepEqual(steps, ['retire', 'drain', 'close', 'exit 0'])
})

test('a second SIGINT exits now', async () => {
  const end = shutdown()
  end.signal('SIGINT')
  await turns()
  clock.advance(100)
  end.signal('SIGINT')
  assert.deepEqual(steps, ['retire', 'drain', 'exit 130'])
})

test('a SIGINT that arrives twice for one key is one', async () => {
  const end = shutdown()
  end.signal('SIGINT')
  clock.advance(99)
  end.signal('SIGINT')
  await turns()
  assert.deepEqual(steps, ['retire', 'drain'])
})

test('SIGINT after SIGTERM is the first of two', async () => {
  const end = shutdown()
  end.signal('SIGTERM')
  await turns()
  clock.advance(1_000)
  end.signal('SIGINT')
  assert.deepEqual(steps, ['retire', 'drain'])
  clock.advance(1_000)
  end.signal('SIGINT')
  assert.equal(steps.at(-1), 'exit 130')
})

test('an end for a reason of our own keeps its exit code', async () => {
  const end = shutdown()
  void end.begin(1)
  end.signal('SIGTERM')
  drained.resolve()
  await turns()
  assert.equal(steps.at(-1), 'exit 1')
})
