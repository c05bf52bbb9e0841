/** What every pool of connections owes those who send requests, whatever it speaks. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { afterTurn, FakeClock } from '../../src/lib/clock.ts'
import { seededRandom } from '../../src/lib/random.ts'
import type { EndpointSpec } from '../../src/model/cluster.ts'
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts'
import { Deadlines } from '../../src/proxy/deadlines.ts'
import { Exchange, type ExchangeInit } from '../../src/proxy/exchange.ts'
import { HeaderList } from '../../src/proxy/headers.ts'
import type { Downstream } from '../../src/proxy/sides.ts'
import { TurnEnd } from '../../src/proxy/turn-end.ts'
import { Upstreams } from '../../src/proxy/upstream/upstreams.ts'
import { eventually } from '../proxy/eventually.ts'
import { type LINKS, PoolBackend } from './pool-backend.ts'
import { PoolSink } from './pool-sink.ts'

const SEED = 7
const OWNER = { connections: undefined, restlessUntil: 0, hungUp: () => {}, asksFirst: false, askedInVain: () => {} }
const OPTIONS = { connectMs: 5_000, responseGapMs: 60_000, fresh: false }

function exchangeOf(body?: number): Exchange {
  const requestHeaders = new HeaderList()
  requestHeaders.add('Host', 'a.test')
  if (body !== undefined) requestHeaders.add('Content-Length', String(body))
  const init: Partial<ExchangeInit> = {
    ...{ method: body === undefined ? 'GET' : 'POST', scheme: 'http', authority: 'a.test', host: 'a.test' },
    ...{ serverName: '', path: '/', query: '?q', version: '1.1', requestHeaders, clientAddress: '', startedAt: 0 },
    ...{ hasBody: body !== undefined, bodyLength: body ?? 0, upgrade: '', requestId: '1', forwardedHost: '' },
  }
  return new Exchange(init as ExchangeInit, {} as Downstream, { finished: () => {} })
}

class World {
  readonly clock = new FakeClock()
  readonly upstreams: Upstreams
  readonly pool: ReturnType<Upstreams['pool']>
  readonly backend: PoolBackend

  constructor(backend: PoolBackend, endpoint: EndpointSpec, { link }: (typeof LINKS)[string]) {
    this.backend = backend
    this.upstreams = new Upstreams({
      ...{ clock: this.clock, random: () => 0.5, afterTurn, turnEnd: new TurnEnd(afterTurn) },
      ...{ deadlines: new Deadlines(this.clock), settings: () => DEFAULT_SETTINGS, certificate: () => undefined },
    })
    this.pool = this.upstreams.pool(endpoint, link, OWNER)
  }

  get open(): number {
    return this.upstreams.busy + this.upstreams.idle
  }

  /** @param body bytes of a body that the test gives. */
  send(body?: number, options: Partial<typeof OPTIONS> = {}): PoolSink {
    const sink = new PoolSink()
    sink.stream = this.pool.open(exchangeOf(body), sink, { ...OPTIONS, ...options })
    return sink
  }

  async answered(sink: PoolSink): Promise<PoolSink> {
    await eventually(`an end after ${sink.events}`, () => sink.over)
    return sink
  }
}

export function connectionPoolContract(name: string, row: (typeof LINKS)[string]): void {
  const check = (what: string, run: (world: World) => Promise<void>) =>
    test(`${name}: ${what}`, async (t: TestContext) => {
      const backend = new PoolBackend(row.serve)
      await run(new World(backend, await backend.listen(t), row))
    })

  check('an answer comes in order, and its connection serves the next request', async (world) => {
    for (let round = 0; round < 3; round++) {
      const sink = await world.answered(world.send())
      assert.deepEqual([sink.events, String(sink.body)], [['opened', 'head 200', 'end'], 'hello'])
    }
    assert.equal(world.backend.connections, 1)
    assert.deepEqual([world.upstreams.busy, world.upstreams.idle], [0, 1])
  })

  check('a body flows as the endpoint takes it, and comes whole', async (world) => {
    let total = 0
    world.backend.handler = (request, response) => {
      request.on('data', (chunk: Buffer) => (total += chunk.length))
      request.on('end', () => response.end(String(total)))
    }
    const piece = Buffer.alloc(60_000, 'x')
    const sink = world.send(piece.length * 50)
    await eventually('an open stream', () => sink.events.includes('opened'))
    for (let sent = 0; sent < 50; sent++) {
      await eventually('room', () => sink.canSend)
      sink.canSend = sink.stream!.data(Buffer.from(piece), 0, piece.length)
      sink.stream!.flush()
    }
    await eventually('room', () => sink.canSend)
    sink.stream!.end(undefined)
    assert.equal(String((await world.answered(sink)).body), String(piece.length * 50))
  })

  check(`who takes nothing is given nothing, and gets all of it later (seed ${SEED})`, async (world) => {
    const random = seededRandom(SEED)
    const whole = Buffer.from(Array.from({ length: 3_000_000 }, () => Math.floor(random() * 256)))
    world.backend.handler = (_request, response) => response.end(whole)
    const sink = world.send()
    sink.reading = false
    await eventually('a first part', () => sink.bytes > 0)
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
    assert.ok(sink.bytes < whole.length && !sink.over)
    sink.resume()
    await world.answered(sink)
    assert.deepEqual([sink.unasked, sink.events.at(-1)], [0, 'end'])
    assert.ok(sink.body.equals(whole))
  })

  check('nobody there is a fault that costs no connection', async (world) => {
    const nobody = { address: '127.0.0.1', port: 1, weight: 1, state: 'ready' } as const
    const sink = new PoolSink()
    world.upstreams.pool(nobody, row.link, OWNER).open(exchangeOf(), sink, OPTIONS)
    await world.answered(sink)
    assert.deepEqual([sink.events, world.open], [['fault connect-refused'], 0])
  })

  check('an endpoint that hangs up is a fault by when it does', async (world) => {
    world.backend.handler = () => world.backend.cut()
    const before = await world.answered(world.send())
    assert.deepEqual(before.events, ['opened', 'fault upstream-reset-before-response'])
    world.backend.handler = (_request, response) => {
      response.write('part', () => setImmediate(() => world.backend.cut()))
    }
    const inside = await world.answered(world.send())
    assert.deepEqual(inside.events, ['opened', 'head 200', 'fault upstream-reset-in-response'])
    await eventually('no connection', () => world.open === 0)
  })

  check('what is given up hears nothing more, and harms no other', async (world) => {
    let left = 0
    world.backend.handler = (request, response) => {
      response.on('close', () => left++)
      request.resume()
    }
    const sink = world.send()
    await eventually('a request', () => world.backend.connections === 1 && sink.events.length === 1)
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    sink.stream!.abort()
    await eventually('the endpoint to notice', () => left === 1)
    assert.deepEqual(sink.events, ['opened'])
    world.backend.handler = (_request, response) => response.end('next')
    assert.equal(String((await world.answered(world.send())).body), 'next')
  })

  check('silence ends at the deadline', async (world) => {
    world.backend.handler = () => {}
    const sink = world.send(undefined, { responseGapMs: 3_000 })
    await eventually('an open stream', () => sink.events.length === 1)
    world.clock.advance(3_300)
    assert.deepEqual(sink.events, ['opened', 'fault upstream-timeout'])
  })

  check('after a drain nothing is left but what is under way, and then nothing', async (world) => {
    let answer = () => {}
    world.backend.handler = (_request, response) => {
      answer = () => response.end('late')
    }
    const sink = world.send()
    await eventually('a request', () => answer.toString() !== '() => {}')
    world.pool.drain()
    answer()
    assert.equal(String((await world.answered(sink)).body), 'late')
    await eventually('no connection', () => world.open === 0 && world.backend.sockets.size === 0)
    world.pool.reopen()
    world.backend.handler = (_request, response) => response.end('again')
    assert.equal(String((await world.answered(world.send())).body), 'again')
    assert.equal(world.upstreams.idle, 1)
  })

  check('an idle connection lives as long as it may', async (world) => {
    await world.answered(world.send())
    world.clock.advance(58_000)
    assert.equal(world.upstreams.idle, 1)
    world.clock.advance(4_000)
    await eventually('no connection', () => world.backend.sockets.size === 0)
  })

  check('trailers come with the end', async (world) => {
    world.backend.handler = (_request, response) => {
      response.writeHead(200, { trailer: 'x-checksum' })
      response.write('body')
      response.addTrailers({ 'x-checksum': '42' })
      response.end()
    }
    const sink = await world.answered(world.send())
    assert.equal(sink.trailers?.get('x-checksum'), '42')
  })
}
