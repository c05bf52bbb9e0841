/** Our client's single calls: what is sent, and what becomes of every kind of answer. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type TestContext, test as testWith } from 'node:test'
import { HttpKubeClient } from '../../src/controller/source/kube/client.ts'
import { ApiError, Garbled, Unreachable } from '../../src/controller/source/kube/errors.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { refuse, reply } from './double.ts'
import { TestAccess } from './follower.ts'

const test = (name: string, run: (t: TestContext) => Promise<void>) => testWith(name, { timeout: 20_000 }, run)

async function start(t: TestContext, answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const access = new TestAccess()
  access.server = `http://127.0.0.1:${(server.address() as AddressInfo).port}/base`
  t.after(() => {
    access.agent.destroy()
    server.closeAllConnections()
    server.close()
  })
  const clock = new FakeClock()
  return { clock, access, client: new HttpKubeClient(access, clock) }
}

test('writes say what they are', async (t) => {
  const seen: unknown[] = []
  const { client } = await start(t, async (request, response) => {
    seen.push([request.method, request.url, request.headers['content-type'], await text(request)])
    reply(response, request.method === 'POST' ? 201 : 200, { kind: 'Echo' })
  })
  assert.deepEqual(await client.create('/api/v1/events', { a: 'ä' }), { kind: 'Echo' })
  await client.update('/x', { b: 1 })
  await client.patch('/x/status', { c: null }, { kind: 'merge' })
  await client.patch('/x', [], { kind: 'json' })
  await client.patch('/x', {}, { kind: 'apply', query: { fieldManager: 'sluice', force: true } })
  assert.deepEqual(seen, [
    ['POST', '/base/api/v1/events', 'application/json', '{"a":"ä"}'],
    ['PUT', '/base/x', 'application/json', '{"b":1}'],
    ['PATCH', '/base/x/status', 'application/merge-patch+json', '{"c":null}'],
    ['PATCH', '/base/x', 'application/json-patch+json', '[]'],
    ['PATCH', '/base/x?fieldManager=sluice&force=true', 'application/apply-patch+yaml', '{}'],
  ])
})

test('the time of the server is known from its answers, whatever our clock says', async (t) => {
  const ahead = 90_000
  const { client, clock } = await start(t, (_, response) => {
    response.setHeader('date', new Date(clock.wall() + ahead).toUTCString())
    reply(response, 200, {})
  })
  assert.equal(client.serverTime, clock.wall())
  for (let n = 0; n < 10; n++) {
    await client.get('/x')
    clock.advance(730)
  }
  assert.ok(Math.abs(client.serverTime - clock.wall() - ahead) < 100, `${client.serverTime - clock.wall()}`)
})

for (const status of [400, 403, 404, 409, 410, 422, 429, 500, 302]) {
  test(`${status} is an error of its own kind`, async (t) => {
    const { client } = await start(t, (_, response) => refuse(response, status, 'Why', { 'retry-after': '3' }))
    await assert.rejects(client.get('/x'), (error) => {
      assert.ok(error instanceof ApiError)
      assert.deepEqual([error.status, error.reason, error.retryAfterMs], [status, 'Why', 3_000])
      assert.equal(error.message, `refused with ${status}`)
      return true
    })
  })
}

test('a refusal in another language than the API speaks is still one', async (t) => {
  const { client } = await start(t, (_, response) => response.writeHead(502).end('<h1>Bad Gateway</h1>'))
  await assert.rejects(client.get('/x'), (error) => error instanceof ApiError && error.status === 502)
})

test('401 makes access be read anew', async (t) => {
  const { client, access } = await start(t, (_, response) => refuse(response, 401))
  let refusals = 0
  access.onRefused = () => refusals++
  await assert.rejects(client.get('/x'), ApiError)
  assert.equal(refusals, 1)
})

test('an answer that is no JSON is garbled, and half an answer is none', async (t) => {
  const { client } = await start(t, (request, response) => {
    if (request.url === '/base/html') return response.end('<html>')
    response.writeHead(200, { 'content-length': 100 })
    response.write('{', () => response.destroy())
    return undefined
  })
  await assert.rejects(client.get('/html'), Garbled)
  await assert.rejects(client.get('/half'), Unreachable)
})

test('a silent server, and access that never comes, end after a minute', async (t) => {
  const asked = Promise.withResolvers<void>()
  const { client, clock, access } = await start(t, () => asked.resolve())
  const silent = assert.rejects(client.get('/x'), {
    name: 'Unreachable',
    message: 'the API server was silent for 60 s',
  })
  await asked.promise
  clock.advance(60_000)
  await silent
  access.current = () => new Promise(() => {})
  const never = assert.rejects(client.get('/x'), Unreachable)
  clock.advance(60_000)
  await never
})
