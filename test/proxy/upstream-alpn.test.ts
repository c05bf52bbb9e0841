/** Endpoints that say themselves what they speak by TLS: HTTP/2 where they agree to it, HTTP/1.1 where they do not. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { eventually, get, post, type RouteOptions, TestProxy } from './harness.ts'
import { GOOD, TLS } from './upstream-h2-world.ts'

type Version = 'h2' | 'http/1.1'

/** Answers with the version that it was asked by, and with what it was sent. */
class Endpoint {
  readonly address = '127.0.0.1'
  port = 0
  /** What each handshake offered. */
  readonly offered: string[] = []
  readonly #sockets: TLSSocket[] = []
  readonly #server
  #speaks: readonly Version[]

  constructor(...speaks: readonly Version[]) {
    this.#speaks = speaks
    this.#server = createSecureServer({
      ...{ cert: GOOD.chain, key: GOOD.key, allowHTTP1: true },
      ALPNCallback: ({ protocols }) => {
        this.offered.push(protocols.join())
        return this.#speaks.find((version) => protocols.includes(version))
      },
    })
    this.#server.on('secureConnection', (socket) => this.#sockets.push(socket))
    this.#server.on('request', async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString()
      response.end(`${request.httpVersion} ${body}`)
    })
    this.#server.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
      socket.pipe(socket)
    })
  }

  async listen(t: TestContext): Promise<this> {
    this.#server.listen(0, this.address)
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as AddressInfo).port
    t.after(() => {
      this.#server.close()
      this.#closeAll()
    })
    return this
  }

  /** Another program is there from now on. */
  becomes(...speaks: readonly Version[]): void {
    this.#speaks = speaks
    this.#closeAll()
  }

  #closeAll(): void {
    for (const socket of this.#sockets.splice(0)) socket.destroy()
  }
}

async function start(t: TestContext, endpoint: Endpoint, route: RouteOptions = {}): Promise<TestProxy> {
  await endpoint.listen(t)
  const proxy = new TestProxy(t).route(route).endpoints([endpoint]).cluster({ protocol: 'alpn', tls: TLS })
  return await proxy.apply().listen()
}

for (const { speaks, version, offered } of [
  { speaks: ['h2', 'http/1.1'], version: '2.0', offered: ['h2,http/1.1'] },
  { speaks: ['h2'], version: '2.0', offered: ['h2,http/1.1'] },
  { speaks: ['http/1.1'], version: '1.1', offered: ['h2,http/1.1', 'http/1.1'] },
] satisfies readonly { speaks: readonly Version[]; version: string; offered: readonly string[] }[]) {
  test(`an endpoint that agrees to ${speaks} is spoken HTTP/${version} with, from the first request on`, async (t) => {
    const endpoint = new Endpoint(...speaks)
    const proxy = await start(t, endpoint)
    const client = await proxy.connect()
    for (const body of ['one', 'two', 'three']) {
      client.send(post(body))
      assert.equal((await client.message()).body, `${version} ${body}`)
    }
    assert.deepEqual(endpoint.offered, offered)
  })
}

test('requests that come at once, before anything is known, all get their answers', async (t) => {
  const proxy = await start(t, new Endpoint('http/1.1'))
  const clients = await Promise.all(Array.from({ length: 8 }, () => proxy.connect()))
  clients.forEach((client, i) => void client.send(post(`body ${i}`)))
  const answers = await Promise.all(clients.map(async (client) => (await client.message()).body))
  assert.deepEqual(
    answers,
    clients.map((_, i) => `1.1 body ${i}`),
  )
})

test('a client that asks for another protocol gets it by HTTP/1.1, also of an endpoint that speaks HTTP/2', async (t) => {
  const endpoint = new Endpoint('h2', 'http/1.1')
  const proxy = await start(t, endpoint)
  const client = await proxy.connect()
  client.send('GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
  assert.equal((await client.message()).status, 101)
  assert.deepEqual(endpoint.offered, ['http/1.1'])
})

test('an endpoint that becomes another program is asked again once a handshake with it failed', async (t) => {
  const endpoint = new Endpoint('http/1.1')
  const proxy = await start(t, endpoint, { retries: 0 })
  const asked = async () => {
    const client = await proxy.connect()
    client.send(get())
    const { status, body } = await client.message()
    return status === 200 ? body : status
  }
  const becomes = async (version: Version) => {
    endpoint.becomes(version)
    await eventually('the end of connections', () => proxy.sample('sluice_upstream_connections', 'idle') === 0)
  }
  assert.equal(await asked(), '1.1 ')
  await becomes('h2')
  assert.equal(await asked(), 502)
  assert.equal(await asked(), '2.0 ')
  await becomes('http/1.1')
  assert.equal(await asked(), '1.1 ')
})

test('a client that leaves before anything is known leaves nothing behind', async (t) => {
  const endpoint = new Endpoint('http/1.1')
  const proxy = await start(t, endpoint)
  const leaving = await proxy.connect()
  leaving.send(get())
  leaving.socket.destroy()
  const client = await proxy.connect()
  client.send(get())
  assert.equal((await client.message()).body, '1.1 ')
})
