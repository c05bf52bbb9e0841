import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { FakeClock } from './clock.ts'
import { createLog, type LogSpec, type LogStream } from './log.ts'

class FakeStream implements LogStream {
  readonly isTTY: boolean
  writableLength = 0
  readonly lines: string[] = []

  constructor(isTTY: boolean) {
    this.isTTY = isTTY
  }

  write(text: string): void {
    this.lines.push(text)
  }
}

function logTo(stream: FakeStream, overrides: Partial<LogSpec> = {}) {
  const clock = new FakeClock(Date.UTC(2026, 10, 21, 13, 14, 15))
  return createLog({ level: 'info', stream, clock, ...overrides })
}

test('a line is JSON with level, time and fields', () => {
  const stream = new FakeStream(false)
  logTo(stream).warn({ port: 8080 }, 'taken')
  assert.deepEqual(stream.lines, ['{"level":"warn","time":"2026-11-21T13:14:15.000Z","port":8080,"msg":"taken"}\n'])
})

test('lines below the level are not written', () => {
  const stream = new FakeStream(false)
  const log = logTo(stream, { level: 'error' })
  log.warn('no')
  log.error('yes')
  assert.equal(stream.lines.length, 1)
})

test('at a terminal a line is short, and longer texts stand below', () => {
  const stream = new FakeStream(true)
  logTo(stream).error({ worker: 0, reason: 'Error: x\n  at y', host: 'a b' }, 'a worker died')
  const text = stripVTControlCharacters(stream.lines.join(''))
  assert.equal(text, '13:14:15 error a worker died  worker=0  host="a b"\n    reason: Error: x\n      at y\n')
})

test('an error is shown by its stack', () => {
  const stream = new FakeStream(true)
  logTo(stream).error({ err: new TypeError('no such thing') }, 'failed')
  assert.match(stripVTControlCharacters(stream.lines[0]!), /failed\n {4}error: TypeError: no such thing\n {8}at /)
})

test('no text can steer the terminal', () => {
  const stream = new FakeStream(true)
  logTo(stream).info({ name: '\u001b]0;gotcha\u0007', note: 'a\n\u009b31m' }, 'hello\u001b[2J')
  const bare = stripVTControlCharacters(stream.lines.join(''))
  assert.match(bare, /hello\\x1b\[2J/)
  assert.doesNotMatch(bare, /[\u001b\u0007\u009b]/)
})

test('lines that nobody takes are dropped and counted', () => {
  const stream = new FakeStream(false)
  const log = logTo(stream)
  stream.writableLength = 2 ** 21
  log.info('lost')
  log.info('lost')
  assert.deepEqual(stream.lines, [])
  stream.writableLength = 0
  log.info('back')
  assert.match(stream.lines[0]!, /"dropped":2/)
  assert.match(stream.lines[1]!, /back/)
})
