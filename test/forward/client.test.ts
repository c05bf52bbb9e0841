/** What the client does meanwhile, and how long all of it may take. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeaderList } from '../../src/proxy/headers.ts'
import { NO_FIELDS, setUp } from './rig.ts'

test('nobody is asked for a client that left in the pause', () => {
  const { opened, clock, client, inFlight } = setUp({ endpoints: 1 })
  opened[0]!.sink.fault('connect-refused')
  client.clientFault('client-gone')
  clock.advance(1_000)
  assert.equal(opened.length, 1)
  assert.deepEqual(inFlight(), [0])
})

test('a client that can take more lets the endpoint go on', () => {
  const { log, client } = setUp()
  client.resumeResponse()
  assert.deepEqual(log, ['resume response'])
})

test('a client that leaves takes its request back', () => {
  const { exchange, log, client, aborted, opened, inFlight } = setUp()
  client.clientFault('client-gone')
  assert.deepEqual([exchange.status, exchange.fault], [499, 'client-gone'])
  assert.deepEqual([aborted, log, inFlight()], [['0'], [], [0, 0]])
  opened[0]!.sink.fault('upstream-reset-before-response')
  assert.equal(opened.length, 1)
})

test('a client that leaves in mid-answer leaves the status it saw', () => {
  const { exchange, client, opened, aborted } = setUp()
  opened[0]!.sink.head(200, NO_FIELDS, 10)
  client.clientFault('client-gone')
  assert.deepEqual([exchange.status, exchange.fault, aborted], [200, 'client-gone', ['0']])
})

test('a client that breaks the rules is answered, if it was not yet', () => {
  const before = setUp()
  before.client.clientFault('body-timeout')
  assert.deepEqual([before.log, before.aborted], [['reply 408 body-timeout'], ['0']])
  const after = setUp()
  after.opened[0]!.sink.head(200, NO_FIELDS, 10)
  after.client.clientFault('body-timeout')
  assert.deepEqual([after.log, after.aborted], [['head 200 10', 'reset'], ['0']])
  assert.deepEqual([after.exchange.status, after.exchange.fault], [200, 'body-timeout'])
})

test('a client that closes its sending side still gets its answer', () => {
  const { log, client, opened, aborted } = setUp()
  client.clientEnded()
  opened[0]!.sink.head(200, NO_FIELDS, 0)
  client.clientEnded()
  opened[0]!.sink.end(undefined)
  assert.deepEqual([log, aborted], [['head 200 0', 'end'], []])
})

test('a listener to events that closes its sending side has left', () => {
  const { exchange, log, client, opened, aborted, inFlight } = setUp()
  const fields = new HeaderList()
  fields.add('Content-Type', 'text/event-stream; charset=utf-8')
  opened[0]!.sink.head(200, fields, -1)
  client.clientEnded()
  assert.deepEqual([log, aborted, inFlight()], [['head 200 -1', 'reset'], ['0'], [0, 0]])
  assert.equal(exchange.fault, 'client-gone')
})

test('a request has a deadline over all its attempts', () => {
  const { exchange, log, clock, opened, aborted, inFlight } = setUp({ requestMs: 1000, endpoints: 5, attempts: 4 })
  clock.advance(600)
  opened[0]!.sink.fault('connect-timeout')
  clock.advance(600)
  assert.deepEqual([log, aborted, inFlight()], [['reply 504 request-timeout'], ['1'], [0, 0, 0, 0, 0]])
  assert.equal(exchange.fault, 'request-timeout')
})

test('past the deadline an answer under way is broken off', () => {
  const { exchange, log, clock, opened } = setUp({ requestMs: 1000 })
  opened[0]!.sink.head(200, NO_FIELDS, -1)
  clock.advance(1300)
  assert.deepEqual(log, ['head 200 -1', 'reset'])
  assert.deepEqual([exchange.status, exchange.fault], [200, 'request-timeout'])
})

test('a request that is over has no deadline any more', () => {
  const { exchange, log, clock, opened } = setUp({ requestMs: 1000 })
  opened[0]!.sink.head(200, NO_FIELDS, 0)
  opened[0]!.sink.end(undefined)
  clock.advance(10_000)
  assert.deepEqual([log, exchange.fault], [['head 200 0', 'end'], undefined])
})
