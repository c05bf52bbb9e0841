/** Every kind of check against real sockets on loopback. */
import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { createServer as createSecure } from 'node:https'
import { type AddressInfo, createServer as createRaw, type Server, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { SystemClock } from '../../../lib/clock.ts'
import { selfSigned } from '../../../lib/self-signed.ts'
import type { HttpProbeSpec } from '../../../model/health.ts'
import { check } from './checks.ts'

const ADDRESS = '127.0.0.1'
const HTTP: HttpProbeSpec = { kind: 'http', tls: false, path: '/healthz?deep=1', headers: [], statuses: [[200, 399]] }

async function listen(t: TestContext, server: Server, address = ADDRESS): Promise<number> {
  t.after(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  return (server.address() as AddressInfo).port
}

const never = () => new AbortController().signal
const ask = (port: number, probe: Partial<HttpProbeSpec> = {}, signal = never()) => {
  return check({ address: ADDRESS, port }, { ...HTTP, ...probe }, signal)
}
const answering = (status: number): RequestListener => {
  return (_request, response) => void response.writeHead(status, { location: '/elsewhere' }).end('body')
}

test('http: a status that is expected is good, and another one is named', async (t) => {
  const good = await listen(t, createServer(answering(204)))
  const redirecting = await listen(t, createServer(answering(302)))
  const bad = await listen(t, createServer(answering(503)))
  assert.equal(await ask(good), undefined)
  assert.equal(await ask(redirecting), undefined)
  assert.equal(await ask(bad), 'answered 503, expected 200-399')
  const statuses = [
    [200, 200],
    [503, 504],
  ] as const
  assert.equal(await ask(bad, { statuses }), undefined)
  assert.equal(await ask(good, { statuses }), 'answered 204, expected 200, 503-504')
})

test('http: path, fields and host are as asked for, each on a connection of its own', async (t) => {
  const seen: { url?: string | undefined; headers: IncomingHttpHeaders; port?: number | undefined }[] = []
  const server = createServer(({ url, headers, socket }, response) => {
    seen.push({ url, headers, port: socket.remotePort })
    response.end()
  })
  const port = await listen(t, server)
  await ask(port)
  await ask(1, {
    port,
    headers: [
      ['host', 'shop.example'],
      ['x-probe', 'yes'],
    ],
  })
  const [first, second] = seen
  assert.deepEqual([first!.url, first!.headers.host], ['/healthz?deep=1', `${ADDRESS}:${port}`])
  assert.equal(first!.headers['user-agent'], 'sluice-health-check')
  assert.deepEqual([second!.headers.host, second!.headers['x-probe']], ['shop.example', 'yes'])
  assert.notEqual(first!.port, second!.port)
})

test('http: a large or endless body does not keep the answer from being good', async (t) => {
  const port = await listen(
    t,
    createServer((_request, response) => {
      response.write(Buffer.alloc(1 << 20))
    }),
  )
  assert.equal(await ask(port), undefined)
})

test('http: what is no HTTP is bad', async (t) => {
  const port = await listen(
    t,
    createRaw((socket) => socket.end('SSH-2.0-OpenSSH\r\n')),
  )
  assert.match((await ask(port)) ?? '', /HTTP/i)
})

test('https: the certificate may be anybody’s', async (t) => {
  const now = new SystemClock().wall()
  const { key, chain: cert } = selfSigned({ commonName: 'somebody', names: ['x.test'], from: now, until: now + 60_000 })
  const port = await listen(t, createSecure({ key, cert }, answering(200)))
  assert.equal(await ask(port, { tls: true }), undefined)
  assert.notEqual(await ask(port), undefined)
})

test('an IPv6 address is asked as well', async (t) => {
  const port = await listen(t, createServer(answering(200)), '::1')
  assert.equal(await check({ address: '::1', port }, HTTP, never()), undefined)
  assert.equal(await check({ address: '::1', port }, { kind: 'tcp' }, never()), undefined)
})

test('tcp: a connection is enough, and is closed at once', async (t) => {
  const closed = Promise.withResolvers<void>()
  const server = createRaw((socket) => {
    socket.resume().on('close', () => closed.resolve())
  })
  const port = await listen(t, server)
  assert.equal(await check({ address: ADDRESS, port: 1 }, { kind: 'tcp', port }, never()), undefined)
  await closed.promise
})

for (const probe of [HTTP, { kind: 'tcp' } as const]) {
  test(`${probe.kind}: nobody there is bad`, async () => {
    assert.match((await check({ address: ADDRESS, port: 1 }, probe, never())) ?? '', /ECONNREFUSED/)
  })
}

test('http: who is called off lets go of the connection', async (t) => {
  const accepted = Promise.withResolvers<Socket>()
  const port = await listen(
    t,
    createRaw((socket) => accepted.resolve(socket.on('error', () => {}).resume())),
  )
  const calling = new AbortController()
  const answer = ask(port, {}, calling.signal)
  const socket = await accepted.promise
  calling.abort()
  assert.notEqual(await answer, undefined)
  if (!socket.closed) await new Promise((resolve) => socket.on('close', resolve))
})
