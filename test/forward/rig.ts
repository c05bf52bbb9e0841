/** One forwarding between endpoints and a client that the test plays. */
import { FakeClock } from '../../src/lib/clock.ts'
import { DEFAULT_RETRY } from '../../src/model/route.ts'
import { Deadlines } from '../../src/proxy/deadlines.ts'
import { Exchange, type ExchangeInit } from '../../src/proxy/exchange.ts'
import { FAULTS, type FaultCode } from '../../src/proxy/faults.ts'
import { Forwarding } from '../../src/proxy/forward.ts'
import type { RetryPlan } from '../../src/proxy/forward-plan.ts'
import { HeaderList } from '../../src/proxy/headers.ts'
import type { ClientObserver, Downstream, RequestStream, ResponseSink, TunnelEnd } from '../../src/proxy/sides.ts'
import type { Endpoint, OpenOptions, Route, Tried } from '../../src/proxy/types.ts'

/** One request as an endpoint sees it. */
export interface Attempt {
  readonly endpoint: string
  readonly sink: ResponseSink
  readonly stream: RequestStream
  readonly options: OpenOptions
}

export interface Scene {
  readonly init?: Partial<ExchangeInit>
  readonly endpoints?: number
  readonly attempts?: number
  readonly retry?: Partial<RetryPlan>
  readonly allowsRetry?: boolean
  readonly requestMs?: number
  readonly filters?: Route['responseFilters']
}

export const NO_FIELDS = new HeaderList()
export const UPSTREAM_FAULTS = (Object.keys(FAULTS) as FaultCode[]).filter((code) => FAULTS[code].origin === 'upstream')

/** A request of one client to a cluster of endpoints `0`, `1` and so on, given out in turns. */
export function setUp(scene: Scene = {}) {
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

export function body(sink: ResponseSink): boolean {
  return sink.data(Buffer.from('abc'), 0, 3)
}
