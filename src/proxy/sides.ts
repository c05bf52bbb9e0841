/** How the two sides of an exchange talk, the client's and the endpoint's, and who stands between them. */
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

/** Who is at the other end of a client's connection. */
export interface DownstreamClient {
  /** Where the connection was opened for a host that asks for one. */
  readonly certificate: ClientCertificate | undefined
  /** Who has opened it, and the port that it went to; absent where there is no connection. */
  readonly address?: string
  readonly port?: number
  readonly sourcePort?: number
  /** Ours, where somebody wants to know it; empty where nobody does. */
  readonly localAddress?: string
}

/** The client's side of an exchange. */
export interface Downstream extends BodySink {
  readonly client: DownstreamClient
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

/** One side of an upgraded connection, as the other side uses it. */
export interface TunnelEnd {
  /** @returns false where the bytes are kept; `resume` of the other end is called once they are gone. */
  write(buffer: Buffer, start: number, end: number): boolean
  resume(): void
  /** No more bytes will come from the other side. */
  end(): void
  /** @param broken the other end is gone without having said so, and this one is to see that. */
  destroy(broken: boolean): void
  /** The tunnel has to end: this end is told so, as soon as a frame ends, and gets nothing after that. */
  leave(): void
  /** The other end is gone while the two were leaving. */
  orphan(): void
}
