import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange } from './exchange.ts'
import { FAULTS, type FaultCode } from './faults.ts'
import { FIELD_IDS } from './field-names.ts'
import { grpcOutcome, isGrpc, requestLimitMs } from './grpc.ts'
import { HeaderList, nameEntry } from './headers.ts'

/** As a codec makes it: fields that came are marked as seen. */
function came(type: string, timeout?: string): HeaderList {
  const text = `content-type: ${type}\r\n`
  const list = new HeaderList(
    text,
    [nameEntry(FIELD_IDS['content-type'], 12), 0, text.length - 2],
    1 << FIELD_IDS['content-type'],
  )
  if (timeout !== undefined) list.add('grpc-timeout', timeout)
  return list
}

test('only application/grpc, with or without a format, is gRPC', () => {
  for (const type of ['application/grpc', 'application/grpc+proto', 'Application/gRPC;x=y'])
    assert.ok(isGrpc(came(type)))
  for (const type of ['application/grpc-web', 'application/grpcx', 'text/plain']) assert.ok(!isGrpc(came(type)), type)
  assert.ok(!isGrpc(new HeaderList()))
})

test('the limit of a request is the smaller one of its route and its client', () => {
  const limit = (timeout: string, requestMs: number, version = '2') =>
    requestLimitMs({ version, requestHeaders: came('application/grpc', timeout) } as Exchange, requestMs)
  assert.deepEqual([limit('100m', 0), limit('2S', 0), limit('1M', 0), limit('1H', 0)], [100, 2_000, 60_000, 3_600_000])
  assert.deepEqual([limit('1n', 0), limit('1500u', 0)], [1, 2])
  assert.deepEqual([limit('5S', 1_000), limit('1S', 5_000)], [1_000, 1_000])
  // What cannot be read is for the endpoint to judge; so is all of it on HTTP/1.1.
  for (const bad of ['', '5', '123456789S', '5s', '-1S']) assert.equal(limit(bad, 700), 700, bad)
  assert.equal(limit('1S', 0, '1.1'), 0)
})

test('each fault has a status that is an error, and a message that needs no encoding', () => {
  for (const code of Object.keys(FAULTS) as FaultCode[]) {
    const fields = grpcOutcome(FAULTS[code].status, code)
    const status = Number(fields.get('grpc-status'))
    assert.ok(status >= 1 && status <= 16, code)
    assert.match(fields.get('grpc-message')!, /^[ -$&-~]+$/)
  }
})

test('what an endpoint may be at work on still is a deadline, and what it never saw is not', () => {
  const status = (code: FaultCode) => grpcOutcome(FAULTS[code].status, code).get('grpc-status')
  assert.deepEqual([status('request-timeout'), status('upstream-timeout')], ['4', '4'])
  assert.deepEqual([status('connect-timeout'), status('no-endpoint'), status('stream-refused')], ['14', '14', '14'])
  assert.deepEqual([status('no-route'), status('body-too-large')], ['12', '8'])
})
