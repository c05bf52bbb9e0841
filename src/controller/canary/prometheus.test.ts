/** Against a server on loopback that answers what the test says. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import { prometheus } from './prometheus.ts'

const ANY = () => ['*']

async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function vector(...values: readonly string[]): object {
  const result = values.map((value) => ({ metric: {}, value: [1_763_000_000.5, value] }))
  return { status: 'success', data: { resultType: 'vector', result } }
}

const STRANGER = { fault: 'its answer is not one of a Prometheus' }

for (const [what, status, body, expected] of [
  ['a vector of one element', 200, vector('0.25'), { value: 0.25 }],
  ['a scalar', 200, { status: 'success', data: { resultType: 'scalar', result: [1, '3'] } }, { value: 3 }],
  ['an infinite value', 200, vector('+Inf'), { value: Number.POSITIVE_INFINITY }],
  ['no number', 200, vector('NaN'), { fault: 'the value is NaN' }],
  ['nothing', 200, vector(), { fault: 'the query found nothing' }],
  ['several values', 200, vector('1', '2'), { fault: 'expected one value, not 2: aggregate them, as by sum()' }],
  [
    'a matrix',
    200,
    { status: 'success', data: { resultType: 'matrix', result: [] } },
    { fault: 'expected one value, not a matrix' },
  ],
  [
    'a complaint',
    400,
    { status: 'error', errorType: 'bad_data', error: 'unexpected end of input' },
    { fault: 'bad_data: unexpected end of input' },
  ],
  ['another status', 502, '<html>', { fault: 'it answered with status 502' }],
  ['a redirect', 302, '', { fault: 'it answered with status 302' }],
  ['no JSON', 200, 'Hello', STRANGER],
  ['other JSON', 200, { password: 'x' }, STRANGER],
  ['a broken sample', 200, { status: 'success', data: { resultType: 'scalar', result: [1] } }, STRANGER],
  ['too much', 200, 'x'.repeat(70_000), { fault: 'its answer has more than 65536 bytes' }],
] as const) {
  test(`${what}: ${JSON.stringify(expected)}`, async (t) => {
    const address = await serve(t, (_, response) => {
      response.writeHead(status, { Location: '/elsewhere' })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
    assert.deepEqual(await prometheus(new FakeClock(), ANY)({ address, query: 'up', timeoutMs: 5_000 }), expected)
  })
}

test('it asks for what the policy says, below the path of the address', async (t) => {
  let asked: string | undefined
  const address = await serve(t, ({ url }, response) => {
    asked = url
    response.end(JSON.stringify(vector('1')))
  })
  const query = 'sum(rate(orders{state="failed"}[1m])) / 2'
  await prometheus(new FakeClock(), ANY)({ address: `${address}/metrics/`, query, timeoutMs: 5_000 })
  assert.deepEqual(new URL(asked!, address).searchParams.get('query'), query)
  assert.match(asked!, /^\/metrics\/api\/v1\/query\?/)
})

for (const [when, begin] of [
  ['before it answers', () => {}],
  ['in the middle of its answer', (write: (text: string) => void) => write('{"status":')],
] as const) {
  test(`a server that falls silent ${when} is waited for as long as the timeout says`, async (t) => {
    const clock = new FakeClock()
    const reached = Promise.withResolvers<void>()
    const address = await serve(t, (_, response) => {
      begin((text) => response.write(text))
      reached.resolve()
    })
    const answer = prometheus(clock, ANY)({ address, query: 'up', timeoutMs: 2_000 })
    await reached.promise
    clock.advance(2_000)
    assert.deepEqual(await answer, { fault: 'no answer within 2000 ms' })
  })
}

test('nobody there, or no address at all, is a fault like any other', async () => {
  const ask = prometheus(new FakeClock(), ANY)
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  for (const address of [`http://127.0.0.1:${port}`, 'http://a:99999']) {
    const answer = await ask({ address, query: 'up', timeoutMs: 5_000 })
    assert.ok('fault' in answer && answer.fault !== '', JSON.stringify(answer))
  }
})

test('only who the operator allows is asked, and what lies below', async (t) => {
  let asked = 0
  const address = await serve(t, (_, response) => {
    asked++
    response.end(JSON.stringify(vector('1')))
  })
  const isAsked = async (to: string, ...allowed: readonly string[]) => {
    const before = asked
    const answer = await prometheus(new FakeClock(), () => allowed)({ address: to, query: 'up', timeoutMs: 5_000 })
    if (asked === before) assert.match('fault' in answer ? answer.fault : '', /is not allowed: .* --metric-servers$/)
    return asked > before
  }
  assert.equal(await isAsked(address), false)
  assert.equal(await isAsked(address, `${address}1`, `${address}/prom`), false)
  assert.equal(await isAsked(`${address}/prom-b`, `${address}/prom`), false)
  assert.equal(await isAsked(`${address}/prom/../admin`, `${address}/prom`), false)
  assert.equal(await isAsked(`${address}/prom/b`, 'http://other', `${address}/prom/`), true)
  assert.equal(await isAsked(`${address}/`, address), true)
})
