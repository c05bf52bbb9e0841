/** Requests that are sent without waiting for answers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answering, eventually, get, ok, post, settled, startWorld } from './harness.ts'
import { assertHeld, heldBytes } from './memory.ts'

test('answers come in the order of the requests, however slow the first one is', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send(get('/1'), post('two'), get('/3'))
  const first = await backend.accept()
  assert.equal((await first.message()).start, 'GET /1 HTTP/1.1')
  await settled(() => backend.connections.length)
  assert.equal(first.text, '', 'the second one waits')
  assert.equal(backend.connections.length, 1)
  backend.answer = ({ start, body }) => ok(`${start} ${body}`)
  first.answer = backend.answer
  first.send(ok('slow'))
  assert.equal((await client.message()).body, 'slow')
  assert.equal((await client.message()).body, 'POST / HTTP/1.1 two')
  assert.equal((await client.message()).body, 'GET /3 HTTP/1.1 ')
  assert.equal(proxy.log.length, 3)
})

test('requests cut anywhere are the same requests', async (t) => {
  const { backend, client } = await startWorld(t)
  backend.answer = ({ start, body }) => ok(`${start} ${body}`)
  const chunked = 'POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'
  const text = [get('/1'), post('two'), chunked, get('/4')].join('')
  for (let cut = 1; cut < text.length; cut += 17) {
    client.send(text.slice(0, cut))
    await settled(() => client.received)
    client.send(text.slice(cut))
    const bodies = []
    for (let i = 0; i < 4; i++) bodies.push((await client.message()).body)
    assert.deepEqual(bodies, ['GET /1 HTTP/1.1 ', 'POST / HTTP/1.1 two', 'POST /c HTTP/1.1 abc', 'GET /4 HTTP/1.1 '])
  }
})

test('what is behind a request that closes the connection is not looked at', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  answering(backend)
  client.send(get('/1', 'Connection: close'), get('/2'))
  assert.equal((await client.message()).fields.get('connection'), 'close')
  await client.atEnd()
  assert.deepEqual([client.text, proxy.log.length], ['', 1])
})

test('what is behind a refused request is not looked at, and what came before it is answered first', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send(get('/1'), 'NONSENSE\r\n\r\n', get('/3'))
  const connection = await backend.accept()
  await connection.message()
  await settled(() => client.received)
  assert.equal(client.text, '', 'the refusal does not overtake the answer')
  connection.send(ok('1'))
  assert.equal((await client.message()).body, '1')
  assert.equal((await client.message()).status, 400)
  await client.atEnd()
  assert.deepEqual([client.text, backend.connections.length], ['', 1])
  assert.deepEqual(
    proxy.log.map(({ status, fault }) => [status, fault]),
    [
      [200, undefined],
      [400, 'bad-request-line'],
    ],
  )
})

const MANY = 100_000
const SMALL = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'

test('a client that sends 100 000 requests and reads nothing is not read any more', async (t) => {
  const { proxy, client } = await startWorld(t)
  proxy.unroute('*').apply()
  client.socket.pause()
  const text = Buffer.from(SMALL.repeat(MANY))
  const before = heldBytes()
  client.socket.write(text)
  const served = await settled(() => proxy.log.length)
  assert.ok(served < MANY / 2, `${served} requests were served`)
  await assertHeld(before, 1024 * 1024)
  let answers = 0
  let rest = ''
  client.onBytes = (chunk) => {
    const parts = (rest + chunk.toString('latin1')).split('HTTP/1.1 404 ')
    rest = parts.pop()!
    answers += parts.length
  }
  client.socket.resume()
  await eventually('all answers', () => proxy.log.length === MANY && answers === MANY)
})

test('the same with an endpoint that answers each of them', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  backend.answer = () => ok('x'.repeat(2000))
  client.socket.pause()
  const n = 20_000
  client.send(SMALL.repeat(n))
  const served = await settled(() => proxy.log.length)
  assert.ok(served < n / 2, `${served} requests were served`)
  assert.ok(backend.connections.length < 10)
})
