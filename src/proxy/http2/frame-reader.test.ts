import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Violation } from './errors.ts'
import { FrameReader, type FrameSink } from './frame-reader.ts'

/** Writes down what it is told; passes over frames of type 0xff. */
class Notes implements FrameSink {
  stopped = false
  readonly heads: string[] = []
  readonly payloads: string[] = []
  body = ''
  ends = 0
  violation: Violation | undefined = undefined
  head({ type, stream, length }: FrameReader): boolean {
    this.heads.push(`${type} on ${stream}, ${length}`)
    return type !== 0xff
  }
  data(bytes: Buffer, start: number, end: number): void {
    this.body += bytes.toString('latin1', start, end)
  }
  dataEnd(): void {
    this.ends++
  }
  payload(_frame: FrameReader, bytes: Buffer, start: number, end: number): void {
    this.payloads.push(bytes.toString('latin1', start, end))
  }
  unreadable(violation: Violation): void {
    this.violation = violation
    this.stopped = true
  }
}

function read(hex: string, step: number): Notes {
  const notes = new Notes()
  const reader = new FrameReader(notes)
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
  for (let at = 0; at < bytes.length; at += step) reader.take(bytes, at, Math.min(bytes.length, at + step))
  assert.equal(reader.isInFrame, false)
  return notes
}

const PING = '000008 06 00 00000000 3132333435363738'
const EMPTY_SETTINGS = '000000 04 01 00000000'
const PASSED_OVER = '000003 ff 08 00000007 aabbcc'
const DATA = '000002 00 00 80000001 6869'
const PADDED = '000006 00 09 00000001 02 616263 0000'
const ALL_PADDING = '000003 00 08 00000001 02 0000'
const NO_PADDING = '000001 00 08 00000001 00'

for (const step of [1, 2, 3, 9, 10, 1000]) {
  test(`frames in pieces of ${step}`, () => {
    const notes = read(PING + EMPTY_SETTINGS + PASSED_OVER + DATA + PADDED + ALL_PADDING + NO_PADDING + PING, step)
    assert.deepEqual(notes.payloads, ['12345678', '', '12345678'])
    assert.deepEqual([notes.body, notes.ends], ['hiabc', 4])
    assert.equal(notes.heads[3], '0 on 1, 2', 'the reserved bit is ignored')
    assert.equal(notes.heads.length, 8)
  })
}

test('a payload that lies whole in the bytes is not copied', () => {
  const bytes = Buffer.from(PING.replaceAll(' ', ''), 'hex')
  let seen: Buffer | undefined
  const notes = new Notes()
  notes.payload = (_frame, where) => {
    seen = where
  }
  new FrameReader(notes).take(bytes, 0, bytes.length)
  assert.equal(seen, bytes)
})

test('once it is stopped nothing is told any more, not even of what was given already', () => {
  const notes = new Notes()
  const reader = new FrameReader(notes)
  notes.payload = () => {
    notes.stopped = true
  }
  const bytes = Buffer.from((PING + PING).replaceAll(' ', ''), 'hex')
  reader.take(bytes, 0, bytes.length)
  assert.equal(notes.heads.length, 1)
})
