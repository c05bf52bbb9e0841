/** What becomes of an answer on its way to the client, and of the body on its way to the endpoint. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange } from '../../src/proxy/exchange.ts'
import type { TunnelEnd } from '../../src/proxy/sides.ts'
import { type Attempt, body, NO_FIELDS, setUp } from './rig.ts'

test('an answer flows through to the client and is accounted for', () => {
  const { exchange, log, opened, inFlight, outcomes, clock } = setUp()
  const [{ sink, options }] = opened as [Attempt]
  assert.deepEqual(options, { connectMs: 5000, responseGapMs: 60_000, fresh: false })
  assert.deepEqual(inFlight(), [1, 0])
  clock.advance(7)
  sink.informational(103, NO_FIELDS)
  sink.head(201, NO_FIELDS, 3)
  assert.equal(body(sink), true)
  sink.end(undefined)
  assert.deepEqual(log, ['informational 103', 'head 201 3', 'data', 'end'])
  assert.deepEqual(inFlight(), [0, 0])
  const { status, attempts, bytesSent, respondedAt, fault, endpoint } = exchange
  assert.deepEqual([status, attempts, bytesSent, respondedAt, fault], [201, 1, 3, 7, undefined])
  assert.equal(endpoint?.id, '0')
  assert.deepEqual(outcomes, ['0 201'])
})

test('an attempt that began before anybody asked for latency says nothing of it', () => {
  const { exchange, opened, clock } = setUp()
  clock.advance(60_000)
  const observed: number[] = []
  Object.assign(exchange.endpoint!, { latency: { observe: (ms: number) => observed.push(ms) }, measured: true })
  opened[0]!.sink.head(200, NO_FIELDS, 0)
  assert.deepEqual(observed, [])
})

test('an endpoint hears of its faults and of its own status, not of what a filter or the client made of it', () => {
  const failed = setUp({ endpoints: 2 })
  failed.opened[0]!.sink.fault('connect-refused')
  failed.opened[1]!.sink.head(503, NO_FIELDS, 0)
  failed.opened[1]!.sink.end(undefined)
  assert.deepEqual(failed.outcomes, ['0 connect-refused', '1 503'])

  const broken = setUp({ endpoints: 1 })
  broken.opened[0]!.sink.head(200, NO_FIELDS, 3)
  broken.opened[0]!.sink.fault('upstream-reset-in-response')
  assert.deepEqual(broken.outcomes, ['0 upstream-reset-in-response'])

  const early = setUp({ endpoints: 1 })
  early.client.clientFault('client-gone')
  assert.deepEqual(early.outcomes, [], 'nothing is known of it')

  const late = setUp({ endpoints: 1 })
  late.opened[0]!.sink.head(200, NO_FIELDS, -1)
  late.client.clientFault('client-gone')
  assert.deepEqual(late.outcomes, ['0 200'], 'a stream without an end was fine as far as it went')
})

test('without an endpoint the answer is 503', () => {
  const { exchange, log } = setUp({ endpoints: 0 })
  assert.deepEqual(log, ['reply 503 no-endpoint'])
  assert.deepEqual([exchange.status, exchange.fault, exchange.attempts], [503, 'no-endpoint', 0])
})

test('once a head has gone to the client there is no other attempt: the client sees the break', () => {
  const { exchange, log, opened, inFlight } = setUp()
  opened[0]!.sink.head(200, NO_FIELDS, 10)
  opened[0]!.sink.fault('upstream-reset-before-response')
  assert.equal(opened.length, 1)
  assert.deepEqual(log, ['head 200 10', 'reset'])
  assert.deepEqual([exchange.status, exchange.fault], [200, 'upstream-reset-before-response'])
  assert.deepEqual(inFlight(), [0, 0])
})

test('the body flows once there is a connection, and again after the endpoint was busy', () => {
  const { log, opened } = setUp({ init: { hasBody: true, bodyLength: 10 } })
  assert.deepEqual(log, [])
  opened[0]!.sink.opened(opened[0]!.stream)
  opened[0]!.sink.resumeRequest()
  assert.deepEqual(log, ['read body', 'read body'])
})

test('a request without a body asks for none', () => {
  const { log, opened } = setUp()
  opened[0]!.sink.opened(opened[0]!.stream)
  assert.deepEqual(log, [])
})

test('an upgraded connection has no deadline, and keeps its place until the tunnel closes', () => {
  const { exchange, log, clock, opened, client, inFlight } = setUp({ requestMs: 1000, init: { upgrade: 'websocket' } })
  opened[0]!.sink.upgraded(NO_FIELDS, {} as TunnelEnd)
  clock.advance(100_000)
  assert.deepEqual([log, exchange.status, inFlight()], [['tunnel'], 101, [1, 0]])
  client.tunnelClosed()
  assert.deepEqual([inFlight(), exchange.fault], [[0, 0], undefined])
})

test('response filters see the head before the client, the last one first, and may change the status', () => {
  const seen: number[] = []
  const filters = [418, 207].map((status) => (exchange: Exchange) => {
    seen.push(exchange.status)
    exchange.status = status
  })
  const { log, opened } = setUp({ filters })
  opened[0]!.sink.head(200, NO_FIELDS, 0)
  assert.deepEqual(seen, [200, 207])
  assert.deepEqual(log, ['head 418 0'])
})
