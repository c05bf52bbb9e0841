import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { afterTurn, FakeClock } from '../../lib/clock.ts'
import { DEFAULT_SETTINGS } from '../../model/settings.ts'
import { Deadlines } from '../deadlines.ts'
import { Exchange, type ExchangeInit } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import type { Downstream, ResponseSink } from '../sides.ts'
import { TurnEnd } from '../turn-end.ts'
import { type Dialer, TCP } from './dialer.ts'
import { H2Pool } from './h2-pool.ts'
import { Upstreams } from './upstreams.ts'

function exchange(): Exchange {
  const init: Partial<ExchangeInit> = {
    ...{ method: 'GET', authority: 'a.test', path: '/', query: '', version: '1.1', hasBody: false, bodyLength: 0 },
    ...{ requestHeaders: new HeaderList(), upgrade: '', requestId: '1', forwardedHost: '' },
  }
  return new Exchange(init as ExchangeInit, {} as Downstream, { finished: () => {} })
}

test('an endpoint that takes no further connection is not asked for one over and over: who waits gets the next room', async (t) => {
  const held: ServerHttp2Stream[] = []
  const server = createServer({ settings: { maxConcurrentStreams: 1 } })
  server.on('stream', (stream: ServerHttp2Stream) => held.push(stream))
  server.on('session', (session) => t.after(() => session.destroy()))
  t.after(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  let dialled = 0
  const dialer: Dialer = {
    ...TCP,
    // Nobody listens on the port that all but the first one are led to.
    dial: (endpoint, ...given) => TCP.dial(dialled++ === 0 ? endpoint : { ...endpoint, port: 1 }, ...given),
  }
  const clock = new FakeClock()
  const shared = new Upstreams({
    ...{ clock, random: () => 0, afterTurn, turnEnd: new TurnEnd(afterTurn), deadlines: new Deadlines(clock) },
    ...{ settings: () => DEFAULT_SETTINGS, certificate: () => undefined },
  })
  const spec = { address: '127.0.0.1', port, weight: 1, state: 'ready' } as const
  const pool = new H2Pool({
    spec,
    shared,
    dialer,
    owner: { connections: undefined, restlessUntil: 0, hungUp: () => {}, asksFirst: false, askedInVain: () => {} },
  })
  const ended: number[] = []
  const send = (name: number): void => {
    const sink: Partial<ResponseSink> = {
      opened: () => {},
      head: () => {},
      data: () => true,
      flush: () => true,
      end: () => ended.push(name),
      fault: (code) => assert.fail(code),
    }
    pool.open(exchange(), sink as ResponseSink, { connectMs: 5_000, responseGapMs: 0, fresh: false })
  }
  const until = async (ready: () => boolean): Promise<void> => {
    while (!ready()) await new Promise<void>((resolve) => afterTurn(resolve))
  }

  send(1)
  await until(() => held.length === 1)
  send(2)
  await until(() => dialled === 2 && shared.busy === 1)
  for (let turn = 0; turn < 50; turn++) await new Promise<void>((resolve) => afterTurn(resolve))
  assert.equal(dialled, 2)
  for (const n of [0, 1]) {
    await until(() => held.length === n + 1)
    held[n]!.respond({ ':status': 200 }, { endStream: true })
    await until(() => ended.length === n + 1)
  }
  assert.deepEqual(ended, [1, 2])
})
