import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Receiving } from './receiving.ts'
import { Sending } from './sending.ts'
import type { Stream } from './stream.ts'
import { StreamTable } from './stream-table.ts'

const WINDOW = 65_535
const BOUNDS = { streamWindow: WINDOW, connectionWindow: WINDOW } as ConstructorParameters<typeof Receiving>[1]

function tableOf(...ids: readonly number[]) {
  const sending = new Sending({ sentEnd: () => {}, resume: () => {} }, WINDOW)
  const table = new StreamTable(sending, new Receiving(sending.out, BOUNDS))
  const streams = ids.map((id) => table.open(id, WINDOW, WINDOW))
  return { table, streams, live: () => [...table].map(({ id }) => id) }
}

const close = (table: StreamTable<NonNullable<Stream['sink']>>, stream: Stream) => table.close(stream, false)

test('streams are listed from the oldest to the newest', () => {
  const { table, live } = tableOf(1, 3, 5)
  assert.deepEqual(live(), [1, 3, 5])
  assert.equal(table.count, 3)
})

test('the newest may end first, or last, and the next one takes its place', () => {
  const { table, streams, live } = tableOf(1, 3, 5)
  close(table, streams[2]!)
  assert.deepEqual(live(), [1, 3])
  table.open(7, WINDOW, WINDOW)
  close(table, streams[0]!)
  assert.deepEqual(live(), [3, 7])
  assert.equal(table.live(5), undefined)
  assert.equal(table.live(3), streams[1])
  assert.equal(table.live(7)?.id, 7)
})

test('what has ended is told from what never was, one stream at a time as well', () => {
  const { table, streams } = tableOf(1)
  close(table, streams[0]!)
  assert.equal(table.count, 0)
  assert.deepEqual(
    [1, 3].map((id) => table.stateOf(id)),
    ['ended', 'idle'],
  )
  assert.equal(table.stateOf(table.open(3, WINDOW, WINDOW).id), table.live(3))
})
