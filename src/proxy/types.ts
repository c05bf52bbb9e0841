/** Types that two folders of the proxy need, so that no import cycle is ever needed for a type. */
import type { ConnectionSpec, EndpointSpec, LinkSpec } from '../model/cluster.ts'
import type { Origin, Priority } from '../model/route.ts'
import type { Exchange } from './exchange.ts'
import type { FaultCode } from './faults.ts'
import type { Reply, RequestStream, ResponseSink } from './sides.ts'

/** `undefined` continues; a reply answers now and skips the backend. */
export type Verdict = Reply | undefined
export type RequestFilter = (exchange: Exchange) => Verdict | Promise<Verdict>
export type ResponseFilter = (exchange: Exchange) => void
export interface Filter {
  readonly onRequest?: RequestFilter
  readonly onResponse?: ResponseFilter
}

/** Labels under which a route is counted; they die with the route. */
export interface RouteLabels {
  readonly namespace: string
  readonly ingress: string
  readonly service: string
  readonly host: string
  readonly path: string
  /** Of a canary: `primary` or the name of a variant; empty where there is none. */
  readonly variant: string
}

/** Counters of one route in one worker. */
export interface RouteCounters {
  fault(code: FaultCode): void
  retried(): void
  /** Another attempt would have been safe, and the service has had too many. */
  retryDenied(): void
}

export interface Route {
  readonly id: string
  readonly origin: Origin
  readonly labels: RouteLabels
  readonly priority: Priority
  /** How severe an overload of the worker has to be before requests are shed. */
  readonly tolerance: number
  readonly counters: RouteCounters
  readonly requestFilters: readonly RequestFilter[]
  readonly responseFilters: readonly ResponseFilter[]
  readonly act: (exchange: Exchange) => void
}

/** One address that may serve requests of a cluster. Lives as long as it is in the cluster. */
export interface Endpoint {
  readonly spec: EndpointSpec
  /** `address:port`, IPv6 in brackets. */
  readonly id: string
  readonly pool: ConnectionPool
  /** Requests under way, of all workers. */
  readonly inFlight: number
  /** Of this worker alone. */
  readonly ownInFlight: number
  /** Recent latency, where the balancer asks for it. */
  readonly latency: LatencyCell | undefined
  /** Whether anybody wants to know how long answers take. */
  readonly measured: boolean
  /** Until when it is asked only where there is no other, since it has taken no connection; 0 where it takes them. */
  readonly unreachableUntil: number
  /**
   * Until when requests that could not be repeated go there only where there is no other, since it looks as if it were
   * about to end; 0 where it does not.
   */
  readonly unsteadyUntil: number
  /**
   * An attempt begins here; `leave` follows, once.
   * @param again whether it is one after the first, in both.
   */
  enter(again: boolean): void
  leave(again: boolean): void
  /**
   * A whole answer, or one whose client left before its end.
   * @param latencyMs from the head sent to the head of the answer; 0 where it was not measured.
   */
  answered(status: number, latencyMs: number): void
  /** An attempt ended in a fault; the table says whether that is the endpoint's. */
  faulted(code: FaultCode): void
}

/** Remembers how long answers took. */
export interface LatencyCell {
  /** @param now monotonic milliseconds. */
  observe(milliseconds: number, now: number): void
}

/** Endpoints that a request was sent to, in their order; `undefined` before the first attempt. */
export type Tried = readonly Endpoint[] | undefined

/** What is looked at where an endpoint is chosen by who asks, and what. */
export type Asking = Pick<
  Exchange,
  'clientAddress' | 'scheme' | 'method' | 'host' | 'path' | 'requestHeaders' | 'hasBody' | 'stickyCookie'
>

/** Gives out the endpoints of one cluster. */
export interface EndpointSource {
  /** @param tried taken only where there is no other. */
  acquire(exchange: Asking, tried: Tried): Endpoint | undefined
  /** Whether the budget has room for another attempt; asked once for each, which then is made. */
  allowsRetry(): boolean
  /** Whether there is another than these that takes connections, as far as is known. */
  hasOther(tried: readonly Endpoint[]): boolean
  /**
   * None was given out: whether one may be in a while.
   * @returns the way out of the line, or why there is no use in waiting.
   */
  wait(waiter: Waiter): (() => void) | FaultCode
}

/** A request that waits until an endpoint may get it. */
export interface Waiter {
  /** There may be one. @returns whether the request is on its way now. */
  called(): boolean
  expired(code: FaultCode): void
}

/** Where a route leads: one cluster, or one of several. A request stays with the one it was given. */
export interface ClusterChoice {
  choose(exchange: Exchange): EndpointSource
}

/** The cluster of a variant of a canary. */
export interface VariantSource extends ClusterChoice {
  /** Nobody is there to get a request. */
  readonly isEmpty: boolean
}

/** Is told of every exchange once, when it is over. */
export interface ExchangeObserver {
  /** @param now monotonic milliseconds. */
  finished(exchange: Exchange, now: number): void
}

export interface OpenOptions {
  readonly connectMs: number
  readonly responseGapMs: number
  /** Do not use a pooled connection: one was just found dead. */
  readonly fresh: boolean
  /** The body waits until the endpoint asks for it. */
  readonly asksFirst?: true
}

/** The connections of one worker to one endpoint. */
export interface ConnectionPool {
  open(exchange: Exchange, sink: ResponseSink, options: OpenOptions): RequestStream
  /**
   * Closes what is idle, and what is busy once its answer is complete.
   * @param graceMs how long the endpoint has left, counted from when this was first said; long streams end before that.
   *   Without it they go on: nobody is going to end the endpoint, as far as is known.
   */
  drain(graceMs?: number): void
  /** Connections are worth keeping again. */
  reopen(): void
}

/** Whose connections a pool keeps. */
export interface PoolOwner {
  /** What is asked for at the moment, where it is not as the settings have it. */
  readonly connections: ConnectionSpec | undefined
  /** Monotonic milliseconds until when endpoints like this one come and go. */
  readonly restlessUntil: number
  /** Whether the application is asked, in such a time, before it is sent a body that could not be sent again. */
  readonly asksFirst: boolean
  /** It has taken no notice of being asked. */
  askedInVain(): void
  /** The endpoint has ended a connection that waited, although nobody has said that it goes away. */
  hungUp(): void
}

/** Connects to endpoints. */
export interface Transport {
  pool(spec: EndpointSpec, link: LinkSpec, owner: PoolOwner): ConnectionPool
}
