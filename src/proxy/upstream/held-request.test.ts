import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestStream } from '../sides.ts'
import { type Beginning, HeldRequest } from './held-request.ts'

/** @param otherwise what becomes of it instead of being sent, the first time. */
function newRequest(otherwise?: Beginning) {
  const log: string[] = []
  let asked = (_last: boolean): boolean => true
  const stream = {
    abort: () => log.push('abort'),
    flush: () => log.push('flush'),
    resumeResponse: () => log.push('resume'),
  } as unknown as RequestStream
  const begin = (last: boolean): Beginning => {
    if (otherwise !== undefined && !last) return otherwise
    log.push('begin')
    return stream
  }
  const news = {
    afterLook: (then: (last: boolean) => boolean) => {
      asked = then
    },
  }
  const request = new HeldRequest(begin, news)
  return { log, request, poll: (last = false) => asked(last) }
}

test('it begins once all news were read', () => {
  const { log, request, poll } = newRequest()
  request.flush()
  request.resumeResponse()
  assert.deepEqual(log, [])
  assert.equal(poll(), true)
  request.flush()
  request.resumeResponse()
  request.abort()
  assert.deepEqual(log, ['begin', 'flush', 'resume', 'abort'])
})

test('given up before, it never begins', () => {
  const { log, request, poll } = newRequest()
  request.abort()
  assert.equal(poll(), true)
  assert.deepEqual(log, [])
})

test('it waits on where there is more to be read, until it is told that nothing else comes', () => {
  const { log, poll } = newRequest('later')
  assert.deepEqual([poll(), log.length], [false, 0])
  assert.deepEqual([poll(true), log], [true, ['begin']])
})

test('what another endpoint has is not waited for', () => {
  const { log, request, poll } = newRequest('elsewhere')
  assert.equal(poll(), true)
  request.flush()
  assert.deepEqual(log, [])
})
