import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import { privateServiceRow } from '../shared/service-row.ts'
import { WaitingLine } from './waiting-line.ts'

/** A line before something that has room now and then. */
function setUp() {
  const clock = new FakeClock()
  const row = privateServiceRow()
  const line = new WaitingLine(clock)
  const state = { room: 0 }
  /** What became of whom. */
  const log: string[] = []
  const join = (name: string, ms = 1_000) => {
    const called = () => {
      if (state.room === 0) return false
      state.room--
      log.push(name)
      return true
    }
    return line.join({
      waiter: { called, expired: (code) => log.push(`${name} ${code}`) },
      ms,
      code: 'queue-timeout',
      row,
    })
  }
  /** Makes room and says so. */
  const free = async (room: number) => {
    state.room = room
    line.stir()
    await Promise.resolve()
  }
  return { clock, row, line, log, join, free, state }
}

test('the oldest is called first, as far as there is room', async () => {
  const { join, free, log, line, row } = setUp()
  for (const name of ['a', 'b', 'c']) join(name)
  await free(2)
  assert.deepEqual([log, line.size, row.waiting], [['a', 'b'], 1, 1])
  await free(1)
  assert.deepEqual([log, line.isEmpty, row.waiting], [['a', 'b', 'c'], true, 0])
})

test('where the line has not been empty for a while the newest is called first, until it is', async () => {
  const { clock, join, free, log, line } = setUp()
  line.patienceMs = 500
  join('a')
  clock.advance(501)
  join('b')
  join('c')
  await free(1)
  await free(2)
  assert.deepEqual(log, ['c', 'b', 'a'])
  join('d')
  join('e')
  await free(1)
  assert.equal(log.at(-1), 'd')
})

test('who has waited for its time is told, and nobody else', () => {
  const { clock, join, log, line, row } = setUp()
  join('a', 100)
  join('b', 300)
  join('c', 100)
  clock.advance(100)
  assert.deepEqual([log, line.size, row.waiting], [['a queue-timeout', 'c queue-timeout'], 1, 1])
})

test('who leaves is not called, and leaving twice is leaving once', async () => {
  const { join, free, log, row } = setUp()
  const [leave] = [join('a'), join('b')]
  leave()
  leave()
  await free(2)
  assert.deepEqual([log, row.waiting], [['b'], 0])
})

test('room that others make is found by looking, and nobody looks where nobody waits', () => {
  const { clock, join, log, state } = setUp()
  join('a')
  state.room = 1
  clock.advance(10)
  assert.deepEqual(log, ['a'])
  state.room = 1
  clock.advance(1_000)
  assert.equal(state.room, 1)
})

test('one that cannot go does not keep the others from going', async () => {
  const { join, free, log, line } = setUp()
  const stuck = { called: () => false, expired() {} }
  line.join({ waiter: stuck, ms: 1_000, code: 'queue-timeout', row: privateServiceRow() })
  join('b')
  await free(1)
  assert.deepEqual([log, line.size], [['b'], 1])
})

test('who waits is counted where the cluster is, also when that changes', async () => {
  const { join, free, line, row } = setUp()
  const other = privateServiceRow()
  const leave = join('a')
  join('b')
  line.recount(other)
  assert.deepEqual([row.waiting, other.waiting], [0, 2])
  leave()
  await free(1)
  assert.deepEqual([row.waiting, other.waiting], [0, 0])
})
