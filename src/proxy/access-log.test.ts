import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { FakeClock } from '../lib/clock.ts'
import { BufferedAccessLog } from './access-log.ts'
import { Exchange, type ExchangeInit } from './exchange.ts'
import { HeaderList } from './headers.ts'
import type { Downstream } from './sides.ts'
import type { Endpoint, Route } from './types.ts'

const route = {
  labels: { namespace: 'shop', ingress: 'web', service: 'cart', host: '*', path: '/', variant: '' },
} as Route

let clock: FakeClock
let batches: string[]
let log: BufferedAccessLog

beforeEach(() => {
  clock = new FakeClock(Date.UTC(2026, 10, 21, 13, 14, 15, 16))
  batches = []
  log = new BufferedAccessLog({ clock, deliver: (lines) => batches.push(Buffer.from(lines).toString('utf8')) })
})

function exchange(overrides: Partial<ExchangeInit> = {}, fields: readonly [string, string][] = []): Exchange {
  const requestHeaders = new HeaderList()
  for (const [name, value] of fields) requestHeaders.add(name, value)
  const init: ExchangeInit = {
    method: 'GET',
    scheme: 'http',
    authority: 'shop.test:8080',
    host: 'shop.test',
    serverName: '',
    path: '/cart',
    query: '?page=2',
    version: '1.1',
    requestHeaders,
    clientAddress: '203.0.113.7',
    startedAt: 0,
    hasBody: false,
    persistent: true,
    bodyLength: 0,
    upgrade: '',
    requestId: 'a1',
    forwardedHost: '',
    ...overrides,
  }
  return new Exchange(init, {} as Downstream, { finished() {} })
}

/** What was delivered when the time to flush comes. */
function delivered(): Record<string, unknown>[] {
  clock.advance(250)
  const lines = batches.join('').split('\n')
  assert.equal(lines.pop(), '')
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

test('a line tells who asked for what, what came of it and where from', () => {
  const request = exchange({}, [
    ['User-Agent', 'curl/8'],
    ['Referer', 'https://shop.test/'],
  ])
  request.route = route
  request.endpoint = { id: '10.0.0.1:80' } as Endpoint
  Object.assign(request, { status: 200, attempts: 1, respondedAt: 2.5, bytesReceived: 3, bytesSent: 67 })
  log.write(request, 12.3456)
  assert.deepEqual(delivered(), [
    {
      time: '2026-11-21T13:14:15.028Z',
      client: '203.0.113.7',
      method: 'GET',
      host: 'shop.test',
      path: '/cart?page=2',
      proto: 'HTTP/1.1',
      status: 200,
      fault: '',
      duration_ms: 12.346,
      upstream: '10.0.0.1:80',
      upstream_ms: 2.5,
      attempts: 1,
      bytes_received: 3,
      bytes_sent: 67,
      namespace: 'shop',
      ingress: 'web',
      service: 'cart',
      variant: '',
      request_id: 'a1',
      user_agent: 'curl/8',
      referer: 'https://shop.test/',
    },
  ])
})

test('a request without route and endpoint has a line of the same shape', () => {
  const request = exchange()
  Object.assign(request, { status: 404, fault: 'no-route' })
  log.write(request, 1)
  const [line] = delivered()
  assert.equal(line!.fault, 'no-route')
  assert.equal(line!.upstream, '')
  assert.equal(line!.upstream_ms, null)
  assert.equal(line!.service, '')
})

test('no byte of a client breaks the line or leaves it unescaped', () => {
  const everyByte = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code))
  log.write(exchange({ path: everyByte, query: '?"\\' }), 1)
  const [line] = delivered()
  assert.equal(line!.path, `${everyByte}?"\\`)
  assert.match(batches[0]!, /^[ -~]*\n$/)
})

test('long values are cut, and the longest line there can be is written', () => {
  const long = '"'.repeat(5_000)
  const request = exchange({ method: long, host: long, path: long, query: '\u0001'.repeat(5_000), requestId: long }, [
    ['User-Agent', '\u00ff'.repeat(5_000)],
    ['Referer', '\u00ff'.repeat(5_000)],
  ])
  log.write(request, 1)
  const [line] = delivered()
  assert.equal(log.dropped, 0)
  assert.equal((line!.user_agent as string).length, 2048)
})

test('lines leave after a quarter of a second, or when the buffer is full', () => {
  log.write(exchange(), 1)
  clock.advance(249)
  assert.equal(batches.length, 0)
  clock.advance(1)
  assert.equal(batches.length, 1)
  while (batches.length < 2) log.write(exchange(), 1)
  assert.ok(batches[1]!.length > 60 * 1024 && batches[1]!.length <= 64 * 1024)
  assert.ok(batches[1]!.endsWith('}\n'))
})

test('with too many batches unwritten lines are dropped and counted, until one is written', () => {
  while (log.dropped < 3) log.write(exchange(), 1)
  assert.equal(batches.length, 8)
  log.settled(true)
  log.write(exchange(), 1)
  assert.equal(log.dropped, 3)
  assert.equal(batches.length, 9)
})

test('lines of a batch that could not be written are counted as dropped', () => {
  for (let i = 0; i < 5; i++) log.write(exchange(), 1)
  clock.advance(250)
  log.settled(false)
  assert.equal(log.dropped, 5)
})

test('times follow the wall clock across seconds', () => {
  for (const at of [0, 983.9, 984, 60_984]) log.write(exchange(), at)
  assert.deepEqual(
    delivered().map(({ time }) => time),
    ['2026-11-21T13:14:15.016Z', '2026-11-21T13:14:15.999Z', '2026-11-21T13:14:16.000Z', '2026-11-21T13:15:16.000Z'],
  )
})
