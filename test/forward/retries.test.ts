/** When another endpoint is asked, and when the client is told instead. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FAULTS, type FaultCode, mayRetry } from '../../src/proxy/faults.ts'
import { type Attempt, body, NO_FIELDS, setUp, UPSTREAM_FAULTS } from './rig.ts'

for (const code of UPSTREAM_FAULTS) {
  for (const method of ['GET', 'POST']) {
    const again = mayRetry(code, method === 'GET')
    test(`${method} after ${code}: ${again ? 'another endpoint is asked' : 'the client is told'}`, () => {
      const { exchange, log, opened, counted, inFlight } = setUp({ init: { method } })
      opened[0]!.sink.fault(code)
      if (!again) {
        assert.equal(opened.length, 1)
        assert.deepEqual(log, [`reply ${FAULTS[code].status} ${code}`])
        assert.deepEqual([exchange.status, exchange.fault], [FAULTS[code].status, code])
        assert.deepEqual(counted, [code])
        return assert.deepEqual(inFlight(), [0, 0])
      }
      assert.deepEqual(
        opened.map(({ endpoint, options }) => [endpoint, options.fresh]),
        [
          ['0', false],
          ['1', true],
        ],
      )
      assert.deepEqual(inFlight(), [0, 1])
      opened[1]!.sink.head(200, NO_FIELDS, 0)
      opened[1]!.sink.end(undefined)
      assert.deepEqual(log, ['head 200 0', 'end'])
      assert.deepEqual([exchange.attempts, exchange.endpoint?.id, exchange.fault], [2, '1', undefined])
      assert.deepEqual(counted, [code, 'retried'])
      assert.deepEqual(inFlight(), [0, 0])
    })
  }
}

test('attempts are bounded, and the last fault is the one that is told', () => {
  for (const attempts of [0, 1, 3]) {
    const { exchange, log, opened, inFlight, clock } = setUp({ attempts, endpoints: 5 })
    for (let i = 0; i < attempts; i++) {
      opened[i]!.sink.fault('connect-refused')
      clock.advance(250)
    }
    opened.at(-1)!.sink.fault('connect-timeout')
    assert.equal(opened.length, attempts + 1)
    assert.equal(exchange.attempts, attempts + 1)
    assert.deepEqual(log, ['reply 504 connect-timeout'])
    assert.deepEqual(inFlight(), [0, 0, 0, 0, 0])
  }
})

test('a single endpoint is tried again on a new connection', () => {
  const { opened } = setUp({ endpoints: 1 })
  opened[0]!.sink.fault('upstream-reset-before-response')
  assert.deepEqual(
    opened.map(({ endpoint, options }) => [endpoint, options.fresh]),
    [
      ['0', false],
      ['0', true],
    ],
  )
})

const BODIES: readonly (readonly [
  taken: 'nothing' | 'some' | 'all',
  method: string,
  code: FaultCode,
  opened: number,
])[] = [
  ['nothing', 'PUT', 'upstream-reset-before-response', 2],
  ['some', 'PUT', 'upstream-reset-before-response', 1],
  ['all', 'PUT', 'upstream-reset-before-response', 1],
  ['nothing', 'POST', 'connect-refused', 2],
  ['nothing', 'POST', 'upstream-reset-before-response', 1],
]

for (const [taken, method, code, times] of BODIES) {
  test(`${method} with a body of which an endpoint got ${taken}, ${code}: ${times} attempts`, () => {
    const init = { method, hasBody: true, bodyLength: 10 }
    const { exchange, opened, state } = setUp({ init, retry: { bodyBytes: 0 } })
    state.requestComplete = taken === 'all'
    exchange.bytesReceived = taken === 'some' ? 1 : taken === 'all' ? 10 : 0
    opened[0]!.sink.fault(code)
    assert.equal(opened.length, times)
  })
}

test('there is no other attempt where the budget of the service has no room for one', () => {
  const { log, opened, counted, inFlight } = setUp({ allowsRetry: false })
  opened[0]!.sink.fault('connect-refused')
  assert.equal(opened.length, 1)
  assert.deepEqual(log, ['reply 502 connect-refused'])
  assert.deepEqual(counted, ['connect-refused', 'denied'])
  assert.deepEqual(inFlight(), [0, 0])
})

test('a second endpoint is asked at once, a third one after a pause', () => {
  const { opened, clock } = setUp({ attempts: 2, endpoints: 3 })
  opened[0]!.sink.fault('connect-timeout')
  opened[1]!.sink.fault('connect-timeout')
  assert.equal(opened.length, 2)
  clock.advance(50)
  assert.deepEqual(
    opened.map(({ endpoint }) => endpoint),
    ['0', '1', '2'],
  )
})

test('an attempt that is not answered in its time is given up, and counts against its endpoint', () => {
  const { opened, aborted, outcomes, clock, exchange } = setUp({ retry: { attemptMs: 2_000 } })
  clock.advance(1_999)
  assert.equal(opened.length, 1)
  clock.advance(1)
  assert.deepEqual([opened.length, aborted, outcomes], [2, ['0'], ['0 attempt-timeout']])
  opened[1]!.sink.head(200, NO_FIELDS, 3)
  clock.advance(60_000)
  assert.equal(exchange.fault, undefined, 'once an answer has begun it may take its time')
})

test('an answer of a status that is retried reaches nobody, and one of the last attempt does', () => {
  const { log, opened, outcomes, exchange } = setUp({ retry: { statuses: [503] } })
  const [first] = opened as [Attempt]
  first.sink.head(503, NO_FIELDS, 3)
  assert.equal(body(first.sink), true)
  first.sink.end(undefined)
  assert.deepEqual([log, outcomes, opened.length], [[], ['0 503'], 2])
  opened[1]!.sink.head(503, NO_FIELDS, 0)
  opened[1]!.sink.end(undefined)
  assert.deepEqual(log, ['head 503 0', 'end'])
  assert.deepEqual([exchange.attempts, exchange.status, exchange.bytesSent], [2, 503, 0])
})

for (const [how, end] of [
  ['goes on', ({ sink }: Attempt) => void sink.flush()],
  ['breaks off', ({ sink }: Attempt) => sink.fault('upstream-reset-in-response')],
] as const) {
  test(`an answer that is retried is not waited for where it ${how}`, () => {
    const { log, opened } = setUp({ retry: { statuses: [503] } })
    opened[0]!.sink.head(503, NO_FIELDS, 1000)
    end(opened[0]!)
    assert.ok(!log.includes('head 503 1000'))
    assert.deepEqual(
      opened.map(({ endpoint }) => endpoint),
      ['0', '1'],
    )
  })
}

for (const anyMethod of [false, true]) {
  test(`POST after a reset and after 503: ${anyMethod ? 'repeated, since its route says so' : 'not repeated'}`, () => {
    const retry = { anyMethod, statuses: [503] }
    const init = { method: 'POST' }
    const reset = setUp({ init, retry })
    reset.opened[0]!.sink.fault('upstream-reset-before-response')
    const refused = setUp({ init, retry })
    refused.opened[0]!.sink.head(503, NO_FIELDS, 0)
    refused.opened[0]!.sink.end(undefined)
    for (const { opened } of [reset, refused]) assert.equal(opened.length, anyMethod ? 2 : 1)
  })
}

test('the body is held back between two attempts', () => {
  const { opened, held, state } = setUp({ init: { method: 'PUT', hasBody: true, bodyLength: 10 } })
  state.requestComplete = false
  opened[0]!.sink.opened(opened[0]!.stream)
  assert.deepEqual(held, [])
  opened[0]!.sink.fault('upstream-reset-before-response')
  assert.deepEqual([held, opened.length], [[1], 2])
})
