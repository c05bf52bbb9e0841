import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import { HeaderList } from '../headers.ts'
import type { RequestStream, ResponseSink } from '../sides.ts'
import { AskingFirst } from './asking-first.ts'

function newRequest() {
  const log: string[] = []
  const clock = new FakeClock()
  const connection = {
    abort: () => log.push('abort'),
    flush: () => log.push('head out'),
    resumeResponse: () => log.push('resume'),
  } as unknown as RequestStream
  const sink = {
    opened: () => log.push('body'),
    resumeRequest: () => log.push('more body'),
    informational: (status: number) => log.push(`${status}`),
    head: (status: number) => log.push(`${status}`),
    data: () => log.push('data') > 0,
    end: () => log.push('end'),
    flush: () => true,
    fault: (code: string) => log.push(code),
  } as unknown as ResponseSink
  const request = new AskingFirst(sink, connection, { clock, ignored: () => log.push('in vain') })
  request.opened()
  return { log, clock, request }
}

const none = () => new HeaderList()

test('the head goes out at once, and the body when it was asked for, once', () => {
  const { log, clock, request } = newRequest()
  assert.deepEqual(log, ['head out'])
  request.informational(100, none())
  request.informational(100, none())
  clock.advance(1_000)
  request.head(200, none(), 0)
  request.end(undefined)
  assert.deepEqual(log, ['head out', 'body', '200', 'end'])
})

test('that the kernel has taken the head asks for nothing', () => {
  const { log, request } = newRequest()
  request.resumeRequest()
  request.informational(103, none())
  assert.deepEqual(log, ['head out', '103'])
  request.informational(100, none())
  request.resumeRequest()
  assert.deepEqual(log.slice(2), ['body', 'more body'])
})

test('an end before that is another fault than one behind it, and others stay what they are', () => {
  for (const [asked, fault, told] of [
    [false, 'upstream-reset-before-response', 'upstream-closed-unasked'],
    [true, 'upstream-reset-before-response', 'upstream-reset-before-response'],
    [false, 'upstream-invalid', 'upstream-invalid'],
  ] as const) {
    const { log, clock, request } = newRequest()
    if (asked) request.informational(100, none())
    request.fault(fault)
    clock.advance(1_000)
    assert.deepEqual(log, ['head out', ...(asked ? ['body'] : []), told])
  }
})

test('given up, it sends no body later', () => {
  const { log, clock, request } = newRequest()
  request.abort()
  clock.advance(1_000)
  assert.deepEqual(log, ['head out', 'abort'])
})

test('of an answer that only refuses to be asked nothing goes on', () => {
  const { log, request } = newRequest()
  request.head(417, none(), 2)
  assert.equal(request.data(Buffer.from('no'), 0, 2), true)
  request.end(undefined)
  assert.deepEqual(log, ['head out', 'in vain', 'abort', 'expectation-refused'])
})
