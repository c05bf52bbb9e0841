import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestStream } from '../sides.ts'
import { HeldRequest } from './held-request.ts'

function newRequest() {
  const log: string[] = []
  let poll = (): void => {}
  const stream = {
    abort: () => log.push('abort'),
    flush: () => log.push('flush'),
    resumeResponse: () => log.push('resume'),
  } as unknown as RequestStream
  const begin = (): RequestStream => {
    log.push('begin')
    return stream
  }
  const request = new HeldRequest(begin, (run) => {
    poll = run
  })
  return { log, request, poll: () => poll() }
}

test('it begins once all news were read', () => {
  const { log, request, poll } = newRequest()
  request.flush()
  request.resumeResponse()
  assert.deepEqual(log, [])
  poll()
  request.flush()
  request.resumeResponse()
  request.abort()
  assert.deepEqual(log, ['begin', 'flush', 'resume', 'abort'])
})

test('given up before, it never begins', () => {
  const { log, request, poll } = newRequest()
  request.abort()
  poll()
  assert.deepEqual(log, [])
})
