/** HTTP/2 clients, HTTP/1.1 endpoints: what goes on in both directions is what the other side would have said. */
import assert from 'node:assert/strict'
import { overBoth } from './h2-client.ts'
import { eventually, keepsSilent, ok } from './harness.ts'

overBoth('a request goes on as HTTP/1.1, its answer comes back', async ({ proxy, backend, client }) => {
  const headers = { 'x-one': '1', cookie: ['a=1', 'b=2'], te: 'trailers', x_under: '1', 'x-forwarded-for': '9.9.9.9' }
  const answer = client.ask({ path: '/a%20b?c=d', headers })
  const peer = await backend.accept()
  const { start, fields } = await peer.message()
  assert.equal(start, 'GET /a%20b?c=d HTTP/1.1')
  const told = ['host', 'cookie', 'x-one', 'x-forwarded-for', 'te', 'x_under', 'transfer-encoding']
  assert.deepEqual(
    told.map((name) => fields.get(name)),
    ['a.test', 'a=1; b=2', '1', '127.0.0.1', undefined, undefined, undefined],
  )
  assert.match(fields.get('x-request-id') ?? '', /^[0-9a-f]{32}$/)
  peer.send('HTTP/1.1 203 Non\r\nContent-Length: 2\r\nX-Two: 2\r\nConnection: x-three\r\nX-Three: 3\r\n\r\nhi')
  const { status, headers: got, body } = await answer.whole()
  assert.deepEqual(
    [status, body, got!['x-two'], got!['x-three'], got!.connection],
    [203, 'hi', '2', undefined, undefined],
  )
  assert.equal(got!.date, 'Thu, 01 Jan 2026 00:00:00 GMT')
  await eventually('a log line', () => proxy.finished.length === 1)
  assert.deepEqual([proxy.finished[0]!.version, proxy.finished[0]!.bytesSent], ['2', 2])
  assert.equal(proxy.sample('sluice_requests', '203'), 1)
})

overBoth('many requests of one connection at once', async ({ backend, client }) => {
  backend.answer = ({ start }) => ok(start.split(' ')[1]!)
  const paths = Array.from({ length: 100 }, (_, n) => `/${n}`)
  const answers = await Promise.all(paths.map((path) => client.ask({ path }).whole()))
  assert.deepEqual(
    answers.map(({ body }) => body),
    paths,
  )
})

overBoth('a body with a length keeps it, one without goes on in chunks', async ({ backend, client }) => {
  backend.answer = ({ fields, body }) =>
    ok(`${fields.get('content-length') ?? fields.get('transfer-encoding')} ${body.length}`)
  const body = 'x'.repeat(200_000)
  const sized = client.ask({ method: 'POST', headers: { 'content-length': '200000' }, body })
  assert.equal((await sized.whole()).body, '200000 200000')
  assert.equal((await client.ask({ method: 'POST', body }).whole()).body, 'chunked 200000')
  assert.equal((await client.ask({ method: 'POST', headers: { 'content-length': '0' } }).whole()).body, '0 0')
})

overBoth('trailers pass both ways, but for those that could fool anybody', async ({ backend, client }) => {
  const answer = client.ask({ method: 'POST', trailers: { 'x-sum': '7', 'x-forwarded-for': '9.9.9.9' }, body: 'body' })
  const peer = await backend.accept()
  const { trailers } = await peer.message()
  assert.deepEqual([...trailers], [['x-sum', '7']])
  peer.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-After: 8\r\nHost: x\r\n\r\n')
  await answer.whole()
  assert.deepEqual(
    { body: answer.body, after: answer.trailers!['x-after'], host: answer.trailers!.host },
    {
      body: 'hi',
      after: '8',
      host: undefined,
    },
  )
})

overBoth('interim answers pass, and Expect works', async ({ backend, client }) => {
  backend.onConnection = keepsSilent
  const answer = client.ask({ method: 'POST', headers: { expect: '100-continue' }, open: true })
  let isExpected = false
  answer.stream.on('continue', () => {
    isExpected = true
  })
  const peer = await backend.accept()
  assert.match(await peer.take('\r\n\r\n'), /expect: 100-continue/)
  peer.send('HTTP/1.1 100 Continue\r\n\r\n')
  await eventually('100', () => isExpected)
  answer.stream.end('body')
  await peer.take('0\r\n\r\n')
  peer.send('HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n', ok('done'))
  assert.equal((await answer.whole()).body, 'done')
  assert.deepEqual(
    answer.informational.map((fields) => [fields[':status'], fields.link]),
    [
      [100, undefined],
      [103, '</a>'],
    ],
  )
})

overBoth('answers without a body', async ({ backend, client }) => {
  const answers: Readonly<Record<string, string>> = {
    HEAD: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
    PUT: 'HTTP/1.1 204 No Content\r\n\r\n',
    GET: 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n',
  }
  backend.answer = ({ start }) => answers[start.split(' ')[0]!]!
  const head = await client.ask({ method: 'HEAD' }).whole()
  assert.deepEqual([head.status, head.headers!['content-length'], head.body], [200, '5', ''])
  assert.equal((await client.ask({ method: 'PUT', body: 'x' }).whole()).status, 204)
  assert.equal((await client.ask().whole()).headers!.etag, '"x"')
})

overBoth('an answer that ends with its connection, in chunks of any size', async ({ backend, client }) => {
  const answer = client.ask()
  const peer = await backend.accept()
  await peer.message()
  peer.send('HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(100_000))
  peer.end()
  assert.equal((await answer.whole()).body.length, 100_000)
  const chunks = client.ask()
  const other = await backend.accept()
  await other.message()
  other.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n'.repeat(100_000), '0\r\n\r\n')
  assert.equal((await chunks.whole()).body, 'x'.repeat(100_000))
})
