/** The same messages through Node's own HTTP/2 (nghttp2), once as the client and once as the server, over loopback. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http2 from 'node:http2'
import net from 'node:net'
import { after, before, test } from 'node:test'
import { seededRandom } from '../../src/lib/random.ts'
import { HeaderList } from '../../src/proxy/headers.ts'
import { ClientConnection } from '../../src/proxy/http2/client.ts'
import type { RequestHead, ResponseHead } from '../../src/proxy/http2/heads.ts'
import { DEFAULT_CONNECTION } from '../../src/proxy/http2/limits.ts'
import { ServerConnection } from '../../src/proxy/http2/server.ts'
import type { Stream } from '../../src/proxy/http2/stream.ts'
import { Record } from './rig.ts'
import { tie } from './wire.ts'

const spec = { ...DEFAULT_CONNECTION, limits: { ...DEFAULT_CONNECTION.limits, head: { bytes: 1 << 18, fields: 500 } } }
type Fields = { [name: string]: string | string[] }

/** Random fields that mean nothing to anybody, several of them the same from message to message. */
function anyFields(random: () => number): Fields {
  const below = (n: number): number => Math.floor(random() * n)
  const fields: Fields = {}
  for (let n = below(12); n > 0; n--) {
    const length = below(10) === 0 ? below(20_000) : below(60)
    const value = Array.from({ length }, () =>
      String.fromCharCode(below(8) === 0 ? 0x21 + below(94) : 0x61 + below(26)),
    ).join('')
    fields[`x-${below(40)}`] = below(3) === 0 ? 'often the same' : value
  }
  return fields
}

const listOf = (fields: Fields): HeaderList => {
  const list = new HeaderList()
  for (const [name, value] of Object.entries(fields)) list.add(name, String(value))
  return list
}

/** Answers with the fields and the body that it got. */
class Echo {
  readonly heads: RequestHead[] = []
  readonly #connection: ServerConnection
  #flush: () => void = () => {}

  constructor(socket: net.Socket) {
    const request = (stream: Stream, head: RequestHead, ended: boolean) => this.#request(stream, head, ended)
    this.#connection = new ServerConnection(
      spec,
      { request, violated: (violation, detail) => assert.fail(`${violation} ${detail}`) },
      0,
    )
    this.#flush = tie(socket, this.#connection)
  }

  #request(stream: Stream, head: RequestHead, ended: boolean): Record {
    this.heads.push(head)
    const record = new Record()
    const kept: Buffer[] = []
    const send = (): void => {
      for (let first = kept[0]; first !== undefined && !stream.blocked; first = kept[0]) {
        const taken = this.#connection.write(stream, first, 0, first.length, false)
        this.#connection.consumed(stream, taken)
        if (taken < first.length) kept[0] = first.subarray(taken)
        else kept.shift()
      }
      if (kept.length === 0 && record.ended) this.#connection.end(stream, listOf({ 'x-trailer': 'after all' }))
    }
    this.#connection.respond(stream, 200, { fields: head.fields, sensitive: head.sensitive }, ended)
    record.data = (bytes, start, end) => {
      kept.push(Buffer.from(bytes.subarray(start, end)))
      send()
    }
    record.onWritable = send
    record.onEnd = send
    queueMicrotask(() => this.#flush())
    return record
  }
}

const ourServer = net.createServer((socket) => new Echo(socket))
const nodeServer = http2.createServer({ settings: { maxHeaderListSize: 1 << 18 } })
nodeServer.on('stream', (stream: http2.ServerHttp2Stream, headers, flags) => {
  const echoed = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-')))
  stream.respond({ ':status': 200, ...echoed }, { waitForTrailers: true, endStream: (flags & 1) !== 0 })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-trailer': 'after all' }))
  stream.pipe(stream)
})

before(async () => {
  ourServer.listen(0, '127.0.0.1')
  nodeServer.listen(0, '127.0.0.1')
  await Promise.all([once(ourServer, 'listening'), once(nodeServer, 'listening')])
})
after(() => {
  ourServer.close()
  nodeServer.close()
})
const portOf = (server: { address(): unknown }): number => (server.address() as net.AddressInfo).port
const pick = (headers: object): object =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-')))

test('Node asks, we answer: 300 random requests, bodies to half a megabyte, seed 1', async () => {
  const random = seededRandom(1)
  const session = http2.connect(`http://127.0.0.1:${portOf(ourServer)}`, { maxSessionMemory: 100 })
  const ask = async (n: number): Promise<void> => {
    const body = random() < 0.5 ? '' : 'b'.repeat(Math.floor(random() ** 6 * 500_000))
    const fields = anyFields(random)
    const stream = session.request({ ':path': `/${n}?q`, ':method': body === '' ? 'GET' : 'POST', ...fields })
    let answer: object = {}
    let got = ''
    stream.on('response', (headers) => {
      answer = pick(headers)
    })
    let trailers: object | undefined
    stream.on('trailers', (headers) => {
      trailers = pick(headers)
    })
    stream.setEncoding('latin1').on('data', (text) => {
      got += text
    })
    stream.end(body === '' ? undefined : body)
    await once(stream, 'close')
    assert.deepEqual([answer, got.length, got === body], [fields, body.length, true], `request ${n}`)
    if (body !== '') assert.deepEqual(trailers, { 'x-trailer': 'after all' })
  }
  for (let n = 0; n < 300; n += 20) await Promise.all(Array.from({ length: 20 }, (_, i) => ask(n + i)))
  session.close()
  await once(session, 'close')
})

test('we ask, Node answers: 300 random requests, seed 2', async () => {
  const random = seededRandom(2)
  const socket = net.connect(portOf(nodeServer), '127.0.0.1')
  const fail = (violation: string): void => assert.fail(violation)
  const connection = new ClientConnection(spec, { leaving: () => {}, roomAgain: () => {}, violated: fail }, 0)
  const flush = tie(socket, connection)
  const ask = (n: number): Promise<void> => {
    const body = Buffer.alloc(random() < 0.5 ? 0 : 1 + Math.floor(random() ** 6 * 500_000), 0x62)
    const fields = anyFields(random)
    const request = {
      scheme: 'http',
      authority: 'a.test',
      path: `/${n}`,
      protocol: '',
      fields: listOf(fields),
      sensitive: undefined,
    }
    return new Promise((resolve, reject) => {
      const record = new Record()
      const method = body.length === 0 ? 'GET' : 'POST'
      const stream = connection.request({ ...request, method }, body.length === 0, record)!
      let sent = 0
      const send = (): void => {
        sent += connection.write(stream, body, sent, body.length, true)
      }
      const judge = (): void => {
        const head = record.head_ as ResponseHead
        assert.deepEqual([head.status, pick(Object.fromEntries(head.fields))], [200, fields], `request ${n}`)
        assert.equal(record.body.length, body.length)
        if (body.length > 0) assert.deepEqual(record.trailers, ['x-trailer: after all'])
        resolve()
      }
      record.onData = (length) => connection.consumed(stream, length)
      record.onWritable = send
      record.onEnd = judge
      record.head = (head, ended) => {
        record.head_ = head
        if (ended) judge()
      }
      record.reset = (code) => reject(new Error(`reset ${code}`))
      if (body.length > 0) send()
      flush()
    })
  }
  for (let n = 0; n < 300; n += 20) await Promise.all(Array.from({ length: 20 }, (_, i) => ask(n + i)))
  connection.lifetime.drain()
  flush()
  await once(socket, 'close')
})
