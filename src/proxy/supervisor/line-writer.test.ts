import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import { QueuedLineWriter, type Sink } from './line-writer.ts'

interface Write {
  readonly text: string
  readonly done: Parameters<Sink>[1]
}

function setUp() {
  const clock = new FakeClock()
  const writes: Write[] = []
  const outcomes: string[] = []
  const lost: string[] = []
  const sink: Sink = (bytes, done) => void writes.push({ text: Buffer.from(bytes).toString(), done })
  const writer = new QueuedLineWriter(sink, clock, (error) => lost.push(error.message))
  const submit = (text: string) => writer.write(Buffer.from(text), (written) => outcomes.push(`${text} ${written}`))
  return { clock, writes, outcomes, lost, writer, submit }
}

const failure = (code: string) => Object.assign(new Error(code), { code })

test('one write at a time, in order', () => {
  const { writes, outcomes, submit } = setUp()
  submit('one')
  submit('two')
  assert.equal(writes.length, 1)
  writes[0]!.done(null, 3)
  writes[1]!.done(null, 3)
  assert.deepEqual(outcomes, ['one true', 'two true'])
})

test('a write that was cut short goes on with the rest', () => {
  const { writes, outcomes, submit } = setUp()
  submit('lines')
  writes[0]!.done(null, 2)
  assert.equal(writes[1]!.text, 'nes')
  assert.deepEqual(outcomes, [])
  writes[1]!.done(null, 3)
  assert.deepEqual(outcomes, ['lines true'])
})

test('a full pipe is asked again after a while', () => {
  const { clock, writes, outcomes, submit } = setUp()
  submit('one')
  writes[0]!.done(failure('EAGAIN'), 0)
  clock.advance(49)
  assert.equal(writes.length, 1)
  clock.advance(1)
  writes[1]!.done(null, 3)
  assert.deepEqual(outcomes, ['one true'])
})

test('what cannot be written is given up, reported once, and the next batch tried', () => {
  const { writes, outcomes, lost, submit } = setUp()
  for (const text of ['one', 'two', 'six', 'ten']) submit(text)
  writes[0]!.done(failure('ENOSPC'), 0)
  writes[1]!.done(failure('ENOSPC'), 0)
  writes[2]!.done(null, 3)
  writes[3]!.done(failure('EPIPE'), 0)
  assert.deepEqual(outcomes, ['one false', 'two false', 'six true', 'ten false'])
  assert.deepEqual(lost, ['ENOSPC', 'EPIPE'])
})

test('waiting for the end is bounded', async () => {
  const { clock, writes, writer, submit } = setUp()
  await writer.idle(1_000)
  submit('one')
  const idle = writer.idle(1_000)
  clock.advance(1_000)
  await idle
  const again = writer.idle(1_000)
  writes[0]!.done(null, 3)
  await again
})
