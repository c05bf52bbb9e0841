import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import type { EndpointSpec } from '../../model/cluster.ts'
import { DEFAULT_SETTINGS } from '../../model/settings.ts'
import { Deadlines } from '../deadlines.ts'
import { Exchange } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import type { Downstream, ResponseSink } from '../sides.ts'
import { TurnEnd } from '../turn-end.ts'
import { ReadBuffers } from './read-buffers.ts'
import { Upstreams } from './upstreams.ts'

const SMALL = 4096

test('all share a small buffer; a connection gets a large one after a read that filled it, and keeps that', () => {
  const buffers = new ReadBuffers()
  const small = buffers.small()
  assert.equal(small.length, SMALL)
  assert.deepEqual([buffers.small() === small, buffers.another(small) === small], [true, true])
  assert.equal(buffers.fitting(small, false, false), small)
  const large = buffers.fitting(small, true, false)
  assert.deepEqual([large.length > SMALL, buffers.large], [true, 1])
  assert.equal(buffers.fitting(large, false, true), large)
  assert.notEqual(buffers.another(large), large)
  buffers.release(large)
  assert.equal(buffers.large, 0)
})

/** An endpoint that answers each connection with these bytes and ends it. */
async function endpoint(t: TestContext, answer: string): Promise<EndpointSpec> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(answer))
  }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  return { address: '127.0.0.1', port: (server.address() as AddressInfo).port, weight: 1, state: 'ready' }
}

function exchange(): Exchange {
  const init = {
    method: 'GET',
    scheme: 'http',
    authority: 'a',
    host: 'a',
    serverName: '',
    path: '/',
    query: '',
    version: '1.1',
  } as const
  const more = {
    clientAddress: '',
    startedAt: 0,
    hasBody: false,
    bodyLength: 0,
    upgrade: '',
    requestId: '1',
    forwardedHost: '',
  }
  const requestHeaders = new HeaderList()
  const downstream = {} as unknown as Downstream
  return new Exchange({ ...init, ...more, requestHeaders, persistent: true }, downstream, { finished: () => {} })
}

test('a large buffer is given back by a connection that ends in the read that filled the small one', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4000\r\n'
  const spec = await endpoint(t, `${head}X: ${'x'.repeat(SMALL - 4000 - head.length - 7)}\r\n\r\n${'y'.repeat(4000)}`)
  const clock = new FakeClock()
  const deadlines = new Deadlines(clock)
  const transport = new Upstreams({
    ...{ clock, random: () => 0, deadlines, settings: () => DEFAULT_SETTINGS },
    afterTurn: (run) => run(),
    turnEnd: new TurnEnd((run) => run()),
    certificate: () => undefined,
  })
  const over = Promise.withResolvers<void>()
  let bytes = 0
  const sink: Partial<ResponseSink> = {
    opened: () => {},
    head: () => {},
    data: (_buffer, start, end) => {
      bytes += end - start
      return true
    },
    end: () => over.resolve(),
    fault: (code) => over.reject(new Error(code)),
  }
  const options = { connectMs: 0, responseGapMs: 0, fresh: false }
  const owner = { connections: undefined, restlessUntil: 0, hungUp: () => {}, asksFirst: false, askedInVain: () => {} }
  transport.pool(spec, { protocol: 'http/1.1' }, owner).open(exchange(), sink as ResponseSink, options)
  await over.promise
  assert.deepEqual([bytes, transport.busy, transport.buffers.large], [4000, 0, 0])
})
