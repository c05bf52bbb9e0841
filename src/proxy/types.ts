/** Types that two folders of the proxy need, so that no import cycle is ever needed for a type. */
import type { ConnectionSpec, EndpointSpec, LinkSpec } from '../model/cluster.ts'
import type { Origin, Priority } from '../model/route.ts'
import type { Exchange } from './exchange.ts'
import type { FaultCode } from './faults.ts'
import type { HeaderList } from './headers.ts'

/** An answer made by the proxy itself. */
export interface Reply {
  readonly status: number
  readonly fault?: FaultCode | undefined
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** Instead of the one that tells the reason in the form that the client accepts. */
  readonly body?: { readonly contentType: string; readonly text: string }
}

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
  'clientAddress' | 'scheme' | 'method' | 'host' | 'path' | 'requestHeaders' | 'stickyCookie'
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

/** Takes the body of one message. */
export interface BodySink {
  /**
   * A run of body bytes: `buffer[start, end)`. The sink may overwrite what lies before `start` until it returns; if it
   * keeps the bytes longer it returns false, and the giver leaves the buffer alone until told to go on.
   */
  data(buffer: Buffer, start: number, end: number): boolean
  end(trailers: HeaderList | undefined): void
}

/** What a client has shown in its handshake, where it was asked. */
export interface ClientCertificate {
  /** `id` of the ClientAuthSpec that it was verified by. */
  readonly verifiedBy: string
  /** `SUCCESS`, `NONE` where it has shown none, or `FAILED:` and why. */
  readonly verdict: string
  /** As RFC 4514 writes them, in ASCII. */
  readonly subject: string
  readonly issuer: string
  /** Of its subjectAltName, without their kinds. */
  readonly names: readonly string[]
  /** URL-encoded. */
  readonly pem: string
}

/** The client's side of an exchange. */
export interface Downstream extends BodySink {
  /** Who is at the other end; with a certificate where the connection was opened for a host that asks for one. */
  readonly client: { readonly certificate: ClientCertificate | undefined }
  /** Whether the request has arrived to its end. */
  readonly requestComplete: boolean
  /** Who hears of the client from now on. */
  attach(observer: ClientObserver): void
  /**
   * Lets the request body flow into the stream: at first, and again after it returned false. Flushes the stream at the
   * end of the turn, also where nothing has come yet.
   */
  readBody(stream: RequestStream): void
  /** Keeps the rest of the request body back until it is asked for again: the stream it went to is gone. */
  holdBody(): void
  informational(status: number, headers: HeaderList): void
  /** Final head. `length` is that of the body in bytes, negative where it is not known beforehand. */
  head(status: number, headers: HeaderList, length: number): void
  /**
   * What was given so far leaves now; called once at the end of each turn.
   * @returns false where the client has to take some of it first: `resumeResponse` follows.
   */
  flush(): boolean
  /** A complete answer of our own, instead of any other. */
  reply(reply: Reply): void
  /** The answer cannot be completed: the client must be able to see that. */
  reset(): void
  /** Answers 101 with these fields; from here on bytes pass both ways until one side ends. */
  tunnel(headers: HeaderList, peer: TunnelEnd): TunnelEnd
}

/** Who hears of the client while a request is served. */
export interface ClientObserver {
  /** The client went away, stalled, or broke the rules in mid-body. */
  clientFault(code: FaultCode): void
  /** The client has closed its sending side; it may still be reading. */
  clientEnded(): void
  /** `data` of the downstream returned false; it can take more now. */
  resumeResponse(): void
  /** The tunnel that this exchange became is over. */
  tunnelClosed(): void
  /** The proxy goes away: as in `ResponseSink`. */
  goAway(code: FaultCode, last: boolean): Parting
}

/**
 * Something that may be a long stream. A WebSocket and an event stream can end well at nearly any time; other answers
 * without a known end can only be broken off; requests that wait for their answer, and answers of a known length, are
 * left to finish.
 */
export interface Leaver {
  /**
   * Ends now what can end well.
   * @param last it is not asked again: what has no known end is broken off.
   */
  leave(last: boolean): Parting
}

/** `gone`: it is over. `soon`: it ends at the next point at which it can. `later`: it is no long stream, as yet. */
export type Parting = 'gone' | 'soon' | 'later'

/** One request on its way to an endpoint. */
export interface RequestStream extends BodySink {
  flush(): void
  /** The sink that returned false can take more. */
  resumeResponse(): void
  /** Gives the request up; the sink hears nothing more. */
  abort(): void
}

/** Who hears of the endpoint's answer. After `end` or `fault` nothing more comes. */
export interface ResponseSink extends BodySink {
  /** The connection stands and the head is on its way: the request body may flow. */
  opened(stream: RequestStream): void
  informational(status: number, headers: HeaderList): void
  /** Final head. `length` as in `Downstream.head`. */
  head(status: number, headers: HeaderList, length: number): void
  /** The endpoint switched protocols: 101 with these fields. */
  upgraded(headers: HeaderList, peer: TunnelEnd): TunnelEnd
  /** `data` of the request stream returned false; it can take more now. */
  resumeRequest(): void
  /** The end of a turn. @returns false to be given nothing more until `resumeResponse`. */
  flush(): boolean
  /** The endpoint leaves, and was sent nothing yet. @returns whether another one has the request from now on. */
  displaced(): boolean
  fault(code: FaultCode): void
  /**
   * One of the two sides goes away: what can end well ends now.
   * @param code why, for what cannot. @param last as for `Leaver`.
   */
  goAway(code: FaultCode, last: boolean): Parting
}

/** One side of an upgraded connection, as the other side uses it. */
export interface TunnelEnd {
  /** @returns false where the bytes are kept; `resume` of the other end is called once they are gone. */
  write(buffer: Buffer, start: number, end: number): boolean
  resume(): void
  /** No more bytes will come from the other side. */
  end(): void
  destroy(): void
  /** The tunnel has to end: this end is told so, as soon as a frame ends, and gets nothing after that. */
  leave(): void
  /** The other end is gone while the two were leaving. */
  orphan(): void
}

export interface OpenOptions {
  readonly connectMs: number
  readonly responseGapMs: number
  /** Do not use a pooled connection: one was just found dead. */
  readonly fresh: boolean
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

/** Connects to endpoints. */
export interface Transport {
  /** @param wanted what the cluster asks for at the moment, where it is not as the settings have it. */
  pool(spec: EndpointSpec, link: LinkSpec, wanted: () => ConnectionSpec | undefined): ConnectionPool
}
