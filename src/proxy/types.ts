/** Types that two folders of the proxy need, so that no import cycle is ever needed for a type. */
import type { EndpointSpec } from '../model/cluster.ts'
import type { Origin } from '../model/route.ts'
import type { Exchange } from './exchange.ts'
import type { FaultCode } from './faults.ts'
import type { HeaderList } from './headers.ts'

/** An answer made by the proxy itself. */
export interface Reply {
  readonly status: number
  readonly fault?: FaultCode
  readonly headers?: readonly (readonly [name: string, value: string])[]
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
}

export interface Route {
  readonly id: string
  readonly origin: Origin
  readonly labels: RouteLabels
  readonly requestFilters: readonly RequestFilter[]
  readonly responseFilters: readonly ResponseFilter[]
  readonly act: (exchange: Exchange) => void
}

export interface Endpoint {
  readonly spec: EndpointSpec
  /** `address:port`, IPv6 in brackets. */
  readonly id: string
}

/** Is told of every exchange once, when it is over. */
export interface ExchangeObserver {
  finished(exchange: Exchange, now: number): void
}

/**
 * A run of body bytes: `buffer[start, end)`. Whoever is handed one may overwrite what lies before `start` until it
 * returns; if it keeps the bytes longer it says so by returning false, and the giver then leaves the buffer alone
 * until told to go on.
 */
export interface BodySink {
  data(buffer: Buffer, start: number, end: number): boolean
  end(trailers: HeaderList | undefined): void
}

/** The client's side of an exchange. */
export interface Downstream {
  /** Starts the flow of the request body into the sink, from its first byte. */
  readBody(sink: RequestSink): void
  /** The sink that returned false can take more. */
  resumeBody(): void
  informational(status: number, headers: HeaderList): void
  /** Final head. `length` is that of the body in bytes, -1 where it is not known beforehand. */
  head(status: number, headers: HeaderList, length: number): void
  data(buffer: Buffer, start: number, end: number): boolean
  end(trailers: HeaderList | undefined): void
  /** Everything given so far leaves now; called once at the end of each turn. */
  flush(): void
  /** A complete answer of our own. */
  reply(reply: Reply): void
  /** The answer cannot be completed: the client must be able to see that. */
  reset(fault: FaultCode): void
  /** After 101: bytes pass both ways until one side ends. */
  tunnel(peer: TunnelPeer): void
}

/** Where the request body goes, and who hears of the client. */
export interface RequestSink extends BodySink {
  /** The client went away, or broke the rules in mid-body. */
  clientFault(fault: FaultCode): void
  /** `downstream.data` returned false; it can take more now. */
  resumeResponse(): void
}

/** The endpoint's side of an upgraded connection. */
export interface TunnelPeer {
  write(buffer: Buffer, start: number, end: number): boolean
  end(): void
  destroy(): void
}
