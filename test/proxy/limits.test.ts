/** Caps: connections in all and from one client, bodies, header sections. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answering, eventually, get, startWorld, type TestProxy } from './harness.ts'

async function open(proxy: TestProxy, n: number) {
  return Promise.all(Array.from({ length: n }, () => proxy.connect()))
}

for (const limit of ['connections', 'connectionsPerClient'] as const) {
  const label = limit === 'connections' ? 'connections' : 'connections-per-client'
  test(`${label}: those over the limit are closed, the others are served, places become free again`, async (t) => {
    const { proxy, backend, client: first } = await startWorld(t)
    answering(backend)
    proxy.settings({ limits: { [limit]: 3 } }).apply()
    const others = await open(proxy, 4)
    const refused = await eventually('two refused', () => {
      const closed = others.filter(({ ended, closed }) => ended || closed)
      return closed.length === 2 && closed
    })
    assert.equal(proxy.sample('sluice_connections_refused', label), 2)
    assert.equal(proxy.sample('sluice_connections_accepted'), 3)
    const served = [first, ...others.filter((peer) => !refused.includes(peer))]
    for (const client of served) {
      client.send(get())
      assert.equal((await client.message()).status, 200)
    }
    served[0]!.reset()
    await eventually('a free place', () => proxy.sample('sluice_connections', 'idle') === 2)
    const [late] = await open(proxy, 1)
    late!.send(get())
    assert.equal((await late!.message()).status, 200)
  })
}

test('connections: a limit that is lowered does not close what is open', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  answering(backend)
  client.send(get())
  await client.message()
  proxy.settings({ limits: { connections: 1 } }).apply()
  client.send(get())
  assert.equal((await client.message()).status, 200)
})

const LIMIT = [{ kind: 'body-limit', maxBytes: 10 }] as const

test('body: a length over the limit is refused before the endpoint hears of it', async (t) => {
  const { proxy, backend, client } = await startWorld(t, { filters: LIMIT })
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n')
  const { status, fields } = await client.message()
  assert.deepEqual([status, fields.get('connection')], [413, 'close'])
  assert.equal(backend.connections.length, 0)
  assert.deepEqual([proxy.log[0]?.fault, proxy.log[0]?.attempts], ['body-too-large', 0])
  await client.atEnd()
})

test('body: a chunked one is refused as soon as it grows over the limit, and the endpoint can tell', async (t) => {
  const { proxy, backend, client } = await startWorld(t, { filters: LIMIT })
  client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
  const connection = await backend.accept()
  await connection.take('hello\r\n')
  client.send('6\r\n world\r\n0\r\n\r\n')
  const { status, fields } = await client.message()
  assert.deepEqual([status, fields.get('connection')], [413, 'close'])
  await connection.atEnd()
  assert.doesNotMatch(connection.text, /(^|\n)0\r\n/)
  assert.equal(proxy.log[0]?.fault, 'body-too-large')
})

test('body: exactly the limit passes, announced or not', async (t) => {
  const { backend, client } = await startWorld(t, { filters: LIMIT })
  answering(backend)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789')
  assert.equal((await client.message()).status, 200)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n')
  assert.equal((await client.message()).status, 200)
})

const LONG = 'x'.repeat(20_000)
const REFUSALS: readonly (readonly [why: string, status: number, fault: string, request: string])[] = [
  ['a request line', 414, 'request-line-too-long', get(`/${LONG}`)],
  [
    'a header section',
    431,
    'header-too-large',
    get('/', `A: ${LONG}`, `B: ${LONG}`, `C: ${LONG}`, `D: ${LONG}`, `E: ${LONG}`),
  ],
  ['too many fields', 431, 'header-too-large', get('/', ...Array.from({ length: 128 }, (_, n) => `F-${n}: x`))],
]

for (const [why, status, fault, request] of REFUSALS) {
  test(`head: ${why} over the limit is refused, and the connection with it`, async (t) => {
    const { proxy, backend, client } = await startWorld(t)
    client.send(request, get('/behind'))
    const answer = await client.message()
    assert.deepEqual([answer.status, answer.fields.get('connection')], [status, 'close'])
    await client.atEnd()
    assert.deepEqual([client.text, backend.connections.length, proxy.log.length], ['', 0, 1])
    assert.deepEqual([proxy.log[0]?.status, proxy.log[0]?.fault], [status, fault])
    assert.equal(proxy.sample('sluice_refused_requests', fault), 1)
  })
}

for (const [why, head] of [
  ['too many fields', `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(129)}Content-Length: 0\r\n\r\n`],
  ['a header section that is too long', `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(70_000)}\r\n\r\n`],
  ['a header section without end', `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(20_000)}`],
] as const) {
  test(`answer: ${why} is a fault of the endpoint`, async (t) => {
    const { proxy, backend, client } = await startWorld(t)
    client.send(get())
    const connection = await backend.accept()
    await connection.message()
    connection.send(head)
    assert.equal((await client.message()).status, 502)
    await connection.atEnd()
    assert.equal(proxy.log[0]?.fault, 'upstream-invalid')
  })
}

test('head and answer: nearly as much as the limits allow passes, both ways', async (t) => {
  const { backend, client } = await startWorld(t)
  const lines = Array.from({ length: 100 }, (_, n) => `F-${n}: ${'x'.repeat(600)}`)
  client.send(get('/', ...lines))
  const connection = await backend.accept()
  const { fields } = await connection.message()
  assert.equal(fields.get('f-99'), 'x'.repeat(600))
  connection.send(`HTTP/1.1 200 OK\r\n${lines.map((line) => `${line}\r\n`).join('')}Content-Length: 0\r\n\r\n`)
  const answer = await client.message()
  assert.equal(answer.fields.get('f-99'), 'x'.repeat(600))
})
