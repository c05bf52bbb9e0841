import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../lib/clock.ts'
import { seededRandom } from '../lib/random.ts'
import { DEFAULT_RETRY } from '../model/route.ts'
import { Deadlines } from './deadlines.ts'
import { Exchange, type ExchangeInit } from './exchange.ts'
import { FAULTS, type FaultCode, mayRetry } from './faults.ts'
import { Forwarding } from './forward.ts'
import type { RetryPlan } from './forward-plan.ts'
import { HeaderList } from './headers.ts'
import type {
  ClientObserver,
  Downstream,
  Endpoint,
  OpenOptions,
  RequestStream,
  ResponseSink,
  Route,
  Tried,
  TunnelEnd,
} from './types.ts'

/** One request as an endpoint sees it. */
interface Attempt {
  readonly endpoint: string
  readonly sink: ResponseSink
  readonly stream: RequestStream
  readonly options: OpenOptions
}

interface Scene {
  readonly init?: Partial<ExchangeInit>
  readonly endpoints?: number
  readonly attempts?: number
  readonly retry?: Partial<RetryPlan>
  readonly allowsRetry?: boolean
  readonly requestMs?: number
  readonly filters?: Route['responseFilters']
}

const NO_FIELDS = new HeaderList()
const UPSTREAM_FAULTS = (Object.keys(FAULTS) as FaultCode[]).filter((code) => FAULTS[code].origin === 'upstream')

/** A request of one client to a cluster of endpoints `0`, `1` and so on, given out in turns. */
function setUp(scene: Scene = {}) {
  const { init, endpoints = 2, attempts = 1, retry, allowsRetry = true, requestMs = 0, filters = [] } = scene
  const clock = new FakeClock()
  const deadlines = new Deadlines(clock)
  const log: string[] = []
  const opened: Attempt[] = []
  const aborted: string[] = []
  /** What endpoints were told of their attempts. */
  const outcomes: string[] = []
  /** Attempts made when the body was held back. */
  const held: number[] = []
  const state = { requestComplete: true }
  let observer: ClientObserver | undefined

  const live = Array.from({ length: endpoints }, (_, n): Endpoint => {
    const id = String(n)
    const open = (_exchange: Exchange, sink: ResponseSink, options: OpenOptions): RequestStream => {
      const stream = {
        abort: () => aborted.push(id),
        resumeResponse: () => log.push('resume response'),
      } as unknown as RequestStream
      opened.push({ endpoint: id, sink, stream, options })
      return stream
    }
    const endpoint = {
      id,
      pool: { open },
      inFlight: 0,
      latency: undefined,
      measured: false,
      enter: () => endpoint.inFlight++,
      leave: () => endpoint.inFlight--,
      answered: (status: number) => outcomes.push(`${id} ${status}`),
      faulted: (code: string) => outcomes.push(`${id} ${code}`),
    }
    return endpoint as unknown as Endpoint
  })
  let next = 0
  const acquire = (_exchange: Exchange, tried: Tried): Endpoint | undefined => {
    const untried = live.find((endpoint) => tried?.includes(endpoint) === false)
    return untried ?? live[next++ % live.length]
  }

  const downstream = {
    get requestComplete() {
      return state.requestComplete
    },
    attach: (attached: ClientObserver) => {
      observer = attached
    },
    readBody: () => log.push('read body'),
    holdBody: () => held.push(opened.length),
    informational: (status: number) => log.push(`informational ${status}`),
    head: (status: number, _headers: HeaderList, length: number) => log.push(`head ${status} ${length}`),
    data: () => log.push('data') > 0,
    end: () => log.push('end'),
    flush: () => log.push('flush'),
    reply: ({ status, fault }: { status: number; fault: FaultCode }) => log.push(`reply ${status} ${fault}`),
    reset: () => log.push('reset'),
    tunnel: () => {
      log.push('tunnel')
      return {} as TunnelEnd
    },
  } as unknown as Downstream

  const counted: string[] = []
  const route = {
    counters: {
      fault: (code: FaultCode) => counted.push(code),
      retried: () => counted.push('retried'),
      retryDenied: () => counted.push('denied'),
    },
    responseFilters: filters,
  } as Partial<Route> as Route
  const facts = { method: 'GET', hasBody: false, bodyLength: 0, upgrade: '', startedAt: 0, ...init }
  const exchange = new Exchange(facts as ExchangeInit, downstream, { finished() {} })
  exchange.route = route
  const timeouts = { connectMs: 5000, responseGapMs: 60_000, requestMs }
  const wait = () => 'no-endpoint' as const
  const cluster = { acquire, allowsRetry: () => allowsRetry, hasOther: () => false, wait }
  const plan = { clusters: { choose: () => cluster }, timeouts, retry: { ...DEFAULT_RETRY, attempts, ...retry } }
  new Forwarding(exchange, plan, { deadlines, clock, random: () => 0 }).start()
  const inFlight = () => live.map((endpoint) => endpoint.inFlight)
  return { clock, exchange, log, opened, aborted, held, counted, inFlight, outcomes, state, client: observer! }
}

function body(sink: ResponseSink): boolean {
  return sink.data(Buffer.from('abc'), 0, 3)
}

test('an answer flows through to the client and is accounted for', () => {
  const { exchange, log, opened, inFlight, outcomes, clock } = setUp()
  const [{ sink, options }] = opened as [Attempt]
  assert.deepEqual(options, { connectMs: 5000, responseGapMs: 60_000, fresh: false })
  assert.deepEqual(inFlight(), [1, 0])
  clock.advance(7)
  sink.informational(103, NO_FIELDS)
  sink.head(201, NO_FIELDS, 3)
  assert.equal(body(sink), true)
  sink.end(undefined)
  assert.deepEqual(log, ['informational 103', 'head 201 3', 'data', 'end'])
  assert.deepEqual(inFlight(), [0, 0])
  const { status, attempts, bytesSent, respondedAt, fault, endpoint } = exchange
  assert.deepEqual([status, attempts, bytesSent, respondedAt, fault], [201, 1, 3, 7, undefined])
  assert.equal(endpoint?.id, '0')
  assert.deepEqual(outcomes, ['0 201'])
})

test('an attempt that began before anybody asked for latency says nothing of it', () => {
  const { exchange, opened, clock } = setUp()
  clock.advance(60_000)
  const observed: number[] = []
  Object.assign(exchange.endpoint!, { latency: { observe: (ms: number) => observed.push(ms) }, measured: true })
  opened[0]!.sink.head(200, NO_FIELDS, 0)
  assert.deepEqual(observed, [])
})

test('an endpoint hears of its faults and of its own status, not of what a filter or the client made of it', () => {
  const failed = setUp({ endpoints: 2 })
  failed.opened[0]!.sink.fault('connect-refused')
  failed.opened[1]!.sink.head(503, NO_FIELDS, 0)
  failed.opened[1]!.sink.end(undefined)
  assert.deepEqual(failed.outcomes, ['0 connect-refused', '1 503'])

  const broken = setUp({ endpoints: 1 })
  broken.opened[0]!.sink.head(200, NO_FIELDS, 3)
  broken.opened[0]!.sink.fault('upstream-reset-in-response')
  assert.deepEqual(broken.outcomes, ['0 upstream-reset-in-response'])

  const early = setUp({ endpoints: 1 })
  early.client.clientFault('client-gone')
  assert.deepEqual(early.outcomes, [], 'nothing is known of it')

  const late = setUp({ endpoints: 1 })
  late.opened[0]!.sink.head(200, NO_FIELDS, -1)
  late.client.clientFault('client-gone')
  assert.deepEqual(late.outcomes, ['0 200'], 'a stream without an end was fine as far as it went')
})

for (const code of UPSTREAM_FAULTS) {
  for (const method of ['GET', 'POST']) {
    const again = mayRetry(code, method === 'GET')
    test(`${method} after ${code}: ${again ? 'another endpoint is asked' : 'the client is told'}`, () => {
      const { exchange, log, opened, counted, inFlight } = setUp({ init: { method } })
      opened[0]!.sink.fault(code)
      if (!again) {
        assert.equal(opened.length, 1)
        assert.deepEqual(log, [`reply ${FAULTS[code].status} ${code}`])
        assert.deepEqual([exchange.status, exchange.fault], [FAULTS[code].status, code])
        assert.deepEqual(counted, [code])
        return assert.deepEqual(inFlight(), [0, 0])
      }
      assert.deepEqual(
        opened.map(({ endpoint, options }) => [endpoint, options.fresh]),
        [
          ['0', false],
          ['1', true],
        ],
      )
      assert.deepEqual(inFlight(), [0, 1])
      opened[1]!.sink.head(200, NO_FIELDS, 0)
      opened[1]!.sink.end(undefined)
      assert.deepEqual(log, ['head 200 0', 'end'])
      assert.deepEqual([exchange.attempts, exchange.endpoint?.id, exchange.fault], [2, '1', undefined])
      assert.deepEqual(counted, [code, 'retried'])
      assert.deepEqual(inFlight(), [0, 0])
    })
  }
}

test('attempts are bounded, and the last fault is the one that is told', () => {
  for (const attempts of [0, 1, 3]) {
    const { exchange, log, opened, inFlight, clock } = setUp({ attempts, endpoints: 5 })
    for (let i = 0; i < attempts; i++) {
      opened[i]!.sink.fault('connect-refused')
      clock.advance(250)
    }
    opened.at(-1)!.sink.fault('connect-timeout')
    assert.equal(opened.length, attempts + 1)
    assert.equal(exchange.attempts, attempts + 1)
    assert.deepEqual(log, ['reply 504 connect-timeout'])
    assert.deepEqual(inFlight(), [0, 0, 0, 0, 0])
  }
})

test('a single endpoint is tried again on a new connection', () => {
  const { opened } = setUp({ endpoints: 1 })
  opened[0]!.sink.fault('upstream-reset-before-response')
  assert.deepEqual(
    opened.map(({ endpoint, options }) => [endpoint, options.fresh]),
    [
      ['0', false],
      ['0', true],
    ],
  )
})

test('without an endpoint the answer is 503', () => {
  const { exchange, log } = setUp({ endpoints: 0 })
  assert.deepEqual(log, ['reply 503 no-endpoint'])
  assert.deepEqual([exchange.status, exchange.fault, exchange.attempts], [503, 'no-endpoint', 0])
})

test('once a head has gone to the client there is no other attempt: the client sees the break', () => {
  const { exchange, log, opened, inFlight } = setUp()
  opened[0]!.sink.head(200, NO_FIELDS, 10)
  opened[0]!.sink.fault('upstream-reset-before-response')
  assert.equal(opened.length, 1)
  assert.deepEqual(log, ['head 200 10', 'reset'])
  assert.deepEqual([exchange.status, exchange.fault], [200, 'upstream-reset-before-response'])
  assert.deepEqual(inFlight(), [0, 0])
})

const BODIES: readonly (readonly [
  taken: 'nothing' | 'some' | 'all',
  method: string,
  code: FaultCode,
  opened: number,
])[] = [
  ['nothing', 'PUT', 'upstream-reset-before-response', 2],
  ['some', 'PUT', 'upstream-reset-before-response', 1],
  ['all', 'PUT', 'upstream-reset-before-response', 1],
  ['nothing', 'POST', 'connect-refused', 2],
  ['nothing', 'POST', 'upstream-reset-before-response', 1],
]

for (const [taken, method, code, times] of BODIES) {
  test(`${method} with a body of which an endpoint got ${taken}, ${code}: ${times} attempts`, () => {
    const init = { method, hasBody: true, bodyLength: 10 }
    const { exchange, opened, state } = setUp({ init, retry: { bodyBytes: 0 } })
    state.requestComplete = taken === 'all'
    exchange.bytesReceived = taken === 'some' ? 1 : taken === 'all' ? 10 : 0
    opened[0]!.sink.fault(code)
    assert.equal(opened.length, times)
  })
}

test('there is no other attempt where the budget of the service has no room for one', () => {
  const { log, opened, counted, inFlight } = setUp({ allowsRetry: false })
  opened[0]!.sink.fault('connect-refused')
  assert.equal(opened.length, 1)
  assert.deepEqual(log, ['reply 502 connect-refused'])
  assert.deepEqual(counted, ['connect-refused', 'denied'])
  assert.deepEqual(inFlight(), [0, 0])
})

test('a second endpoint is asked at once, a third one after a pause', () => {
  const { opened, clock } = setUp({ attempts: 2, endpoints: 3 })
  opened[0]!.sink.fault('connect-timeout')
  opened[1]!.sink.fault('connect-timeout')
  assert.equal(opened.length, 2)
  clock.advance(50)
  assert.deepEqual(
    opened.map(({ endpoint }) => endpoint),
    ['0', '1', '2'],
  )
})

test('nobody is asked for a client that left in the pause', () => {
  const { opened, clock, client, inFlight } = setUp({ endpoints: 1 })
  opened[0]!.sink.fault('connect-refused')
  client.clientFault('client-gone')
  clock.advance(1_000)
  assert.equal(opened.length, 1)
  assert.deepEqual(inFlight(), [0])
})

test('an attempt that is not answered in its time is given up, and counts against its endpoint', () => {
  const { opened, aborted, outcomes, clock, exchange } = setUp({ retry: { attemptMs: 2_000 } })
  clock.advance(1_999)
  assert.equal(opened.length, 1)
  clock.advance(1)
  assert.deepEqual([opened.length, aborted, outcomes], [2, ['0'], ['0 attempt-timeout']])
  opened[1]!.sink.head(200, NO_FIELDS, 3)
  clock.advance(60_000)
  assert.equal(exchange.fault, undefined, 'once an answer has begun it may take its time')
})

test('an answer of a status that is retried reaches nobody, and one of the last attempt does', () => {
  const { log, opened, outcomes, exchange } = setUp({ retry: { statuses: [503] } })
  const [first] = opened as [Attempt]
  first.sink.head(503, NO_FIELDS, 3)
  assert.equal(body(first.sink), true)
  first.sink.end(undefined)
  assert.deepEqual([log, outcomes, opened.length], [[], ['0 503'], 2])
  opened[1]!.sink.head(503, NO_FIELDS, 0)
  opened[1]!.sink.end(undefined)
  assert.deepEqual(log, ['head 503 0', 'end'])
  assert.deepEqual([exchange.attempts, exchange.status, exchange.bytesSent], [2, 503, 0])
})

for (const [how, end] of [
  ['goes on', ({ sink }: Attempt) => void sink.flush()],
  ['breaks off', ({ sink }: Attempt) => sink.fault('upstream-reset-in-response')],
] as const) {
  test(`an answer that is retried is not waited for where it ${how}`, () => {
    const { log, opened } = setUp({ retry: { statuses: [503] } })
    opened[0]!.sink.head(503, NO_FIELDS, 1000)
    end(opened[0]!)
    assert.ok(!log.includes('head 503 1000'))
    assert.deepEqual(
      opened.map(({ endpoint }) => endpoint),
      ['0', '1'],
    )
  })
}

for (const anyMethod of [false, true]) {
  test(`POST after a reset and after 503: ${anyMethod ? 'repeated, since its route says so' : 'not repeated'}`, () => {
    const retry = { anyMethod, statuses: [503] }
    const init = { method: 'POST' }
    const reset = setUp({ init, retry })
    reset.opened[0]!.sink.fault('upstream-reset-before-response')
    const refused = setUp({ init, retry })
    refused.opened[0]!.sink.head(503, NO_FIELDS, 0)
    refused.opened[0]!.sink.end(undefined)
    for (const { opened } of [reset, refused]) assert.equal(opened.length, anyMethod ? 2 : 1)
  })
}

test('the body flows once there is a connection, and again after the endpoint was busy', () => {
  const { log, opened } = setUp({ init: { hasBody: true, bodyLength: 10 } })
  assert.deepEqual(log, [])
  opened[0]!.sink.opened(opened[0]!.stream)
  opened[0]!.sink.resumeRequest()
  assert.deepEqual(log, ['read body', 'read body'])
})

test('the body is held back between two attempts', () => {
  const { opened, held, state } = setUp({ init: { method: 'PUT', hasBody: true, bodyLength: 10 } })
  state.requestComplete = false
  opened[0]!.sink.opened(opened[0]!.stream)
  assert.deepEqual(held, [])
  opened[0]!.sink.fault('upstream-reset-before-response')
  assert.deepEqual([held, opened.length], [[1], 2])
})

test('a request without a body asks for none', () => {
  const { log, opened } = setUp()
  opened[0]!.sink.opened(opened[0]!.stream)
  assert.deepEqual(log, [])
})

test('a client that can take more lets the endpoint go on', () => {
  const { log, client } = setUp()
  client.resumeResponse()
  assert.deepEqual(log, ['resume response'])
})

test('a client that leaves takes its request back', () => {
  const { exchange, log, client, aborted, opened, inFlight } = setUp()
  client.clientFault('client-gone')
  assert.deepEqual([exchange.status, exchange.fault], [499, 'client-gone'])
  assert.deepEqual([aborted, log, inFlight()], [['0'], [], [0, 0]])
  opened[0]!.sink.fault('upstream-reset-before-response')
  assert.equal(opened.length, 1)
})

test('a client that leaves in mid-answer leaves the status it saw', () => {
  const { exchange, client, opened, aborted } = setUp()
  opened[0]!.sink.head(200, NO_FIELDS, 10)
  client.clientFault('client-gone')
  assert.deepEqual([exchange.status, exchange.fault, aborted], [200, 'client-gone', ['0']])
})

test('a client that breaks the rules is answered, if it was not yet', () => {
  const before = setUp()
  before.client.clientFault('body-timeout')
  assert.deepEqual([before.log, before.aborted], [['reply 408 body-timeout'], ['0']])
  const after = setUp()
  after.opened[0]!.sink.head(200, NO_FIELDS, 10)
  after.client.clientFault('body-timeout')
  assert.deepEqual([after.log, after.aborted], [['head 200 10', 'reset'], ['0']])
  assert.deepEqual([after.exchange.status, after.exchange.fault], [200, 'body-timeout'])
})

test('a client that closes its sending side still gets its answer', () => {
  const { log, client, opened, aborted } = setUp()
  client.clientEnded()
  opened[0]!.sink.head(200, NO_FIELDS, 0)
  client.clientEnded()
  opened[0]!.sink.end(undefined)
  assert.deepEqual([log, aborted], [['head 200 0', 'end'], []])
})

test('a listener to events that closes its sending side has left', () => {
  const { exchange, log, client, opened, aborted, inFlight } = setUp()
  const fields = new HeaderList()
  fields.add('Content-Type', 'text/event-stream; charset=utf-8')
  opened[0]!.sink.head(200, fields, -1)
  client.clientEnded()
  assert.deepEqual([log, aborted, inFlight()], [['head 200 -1', 'reset'], ['0'], [0, 0]])
  assert.equal(exchange.fault, 'client-gone')
})

test('a request has a deadline over all its attempts', () => {
  const { exchange, log, clock, opened, aborted, inFlight } = setUp({ requestMs: 1000, endpoints: 5, attempts: 4 })
  clock.advance(600)
  opened[0]!.sink.fault('connect-timeout')
  clock.advance(600)
  assert.deepEqual([log, aborted, inFlight()], [['reply 504 request-timeout'], ['1'], [0, 0, 0, 0, 0]])
  assert.equal(exchange.fault, 'request-timeout')
})

test('past the deadline an answer under way is broken off', () => {
  const { exchange, log, clock, opened } = setUp({ requestMs: 1000 })
  opened[0]!.sink.head(200, NO_FIELDS, -1)
  clock.advance(1300)
  assert.deepEqual(log, ['head 200 -1', 'reset'])
  assert.deepEqual([exchange.status, exchange.fault], [200, 'request-timeout'])
})

test('a request that is over has no deadline any more', () => {
  const { exchange, log, clock, opened } = setUp({ requestMs: 1000 })
  opened[0]!.sink.head(200, NO_FIELDS, 0)
  opened[0]!.sink.end(undefined)
  clock.advance(10_000)
  assert.deepEqual([log, exchange.fault], [['head 200 0', 'end'], undefined])
})

test('an upgraded connection has no deadline, and keeps its place until the tunnel closes', () => {
  const { exchange, log, clock, opened, client, inFlight } = setUp({ requestMs: 1000, init: { upgrade: 'websocket' } })
  opened[0]!.sink.upgraded(NO_FIELDS, {} as TunnelEnd)
  clock.advance(100_000)
  assert.deepEqual([log, exchange.status, inFlight()], [['tunnel'], 101, [1, 0]])
  client.tunnelClosed()
  assert.deepEqual([inFlight(), exchange.fault], [[0, 0], undefined])
})

test('response filters see the head before the client, the last one first, and may change the status', () => {
  const seen: number[] = []
  const filters = [418, 207].map((status) => (exchange: Exchange) => {
    seen.push(exchange.status)
    exchange.status = status
  })
  const { log, opened } = setUp({ filters })
  opened[0]!.sink.head(200, NO_FIELDS, 0)
  assert.deepEqual(seen, [200, 207])
  assert.deepEqual(log, ['head 418 0'])
})

const SEED = 31

test(`whatever happens, the place is given back and the client is told once (seed ${SEED})`, () => {
  const random = seededRandom(SEED)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  for (let round = 0; round < 3000; round++) {
    const method = pick(['GET', 'POST', 'PUT'])
    const scene = setUp({ init: { method }, endpoints: 3, attempts: 2, requestMs: pick([0, 500]) })
    const current = (): ResponseSink => scene.opened.at(-1)!.sink
    let headGiven = false
    const steps: readonly (() => void)[] = [
      () => {
        current().fault(pick(UPSTREAM_FAULTS))
        // Nobody is there to say anything in the pause before the next attempt.
        scene.clock.advance(250)
      },
      () => scene.client.clientFault(pick(['client-gone', 'body-timeout', 'client-stalled'])),
      () => scene.client.clientEnded(),
      () => scene.clock.advance(pick([10, 1000])),
      () => {
        if (!headGiven) current().head(200, NO_FIELDS, -1)
        headGiven = true
      },
      () => void (headGiven && body(current())),
    ]
    for (let step = 0; step < 6; step++) pick(steps)()
    if (!headGiven) current().head(200, NO_FIELDS, 0)
    current().end(undefined)
    assert.deepEqual(scene.inFlight(), [0, 0, 0], `round ${round}`)
    const endings = scene.log.filter((entry) => /^(reply|end|reset)/.test(entry))
    const gone = scene.exchange.fault === 'client-gone'
    assert.equal(endings.length, gone ? 0 : 1, `round ${round}: ${scene.log.join(', ')}`)
    assert.ok(scene.opened.length <= 3 && scene.opened.length === scene.exchange.attempts)
  }
})
