import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventStream, isEventStream } from './event-stream.ts'
import { HeaderList } from './headers.ts'

function headersOf(fields: Readonly<Record<string, string>>): HeaderList {
  const headers = new HeaderList()
  for (const [name, value] of Object.entries(fields)) headers.add(name, value)
  return headers
}

const PLAIN = headersOf({ 'Content-Type': 'text/event-stream' })

/** Whether the stream is between two events after these bytes, in runs of one length each. */
function between(text: string, run: number): boolean {
  const stream = new EventStream(PLAIN)
  const bytes = Buffer.from(`..${text}..`, 'latin1')
  for (let at = 2; at < text.length + 2; at += run) stream.pass(bytes, at, Math.min(at + run, text.length + 2))
  return stream.between
}

const CASES: readonly (readonly [text: string, between: boolean])[] = [
  ['', true],
  ['data: 1\n\n', true],
  ['data: 1\r\n\r\n', true],
  ['data: 1\r\r', true],
  ['data: 1\n\r\n', true],
  ['data: 1\r\n\n', true],
  [':\n\n', true],
  ['data: 1\n\ndata: 2\n\n', true],
  ['data: 1\n', false],
  ['data: 1\r\n', false],
  ['data: 1\r', false],
  ['data: 1\n\ndata: 2', false],
  ['data: 1\n\ndata: 2\n', false],
  ['d', false],
]

for (const [text, expected] of CASES) {
  test(`${JSON.stringify(text)} ends ${expected ? 'between events' : 'in an event'}, however it comes`, () => {
    for (let run = 1; run <= Math.max(1, text.length); run++)
      assert.equal(between(text, run), expected, `runs of ${run}`)
  })
}

test('in a compressed stream nobody knows', () => {
  const stream = new EventStream(headersOf({ 'Content-Type': 'text/event-stream', 'Content-Encoding': 'gzip' }))
  assert.equal(stream.between, false)
})

test('event streams are known by their type', () => {
  assert.equal(isEventStream(PLAIN), true)
  assert.equal(isEventStream(headersOf({ 'content-type': 'Text/Event-Stream; charset=utf-8' })), true)
  assert.equal(isEventStream(headersOf({ 'content-type': 'text/event-streams' })), false)
  assert.equal(isEventStream(headersOf({})), false)
})
