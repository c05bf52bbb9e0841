/**
 * Forwards one exchange to an endpoint of its cluster, and to another one where the fault table says that this is
 * safe. It is what the endpoint's answer flows through and who hears of both sides. Once something of the answer has
 * gone to the client, or of the body to an endpoint, there is no other attempt.
 */
import type { RetrySpec, TimeoutSpec } from '../model/route.ts'
import type { Deadlines, Timed } from './deadlines.ts'
import { EventStream, isEventStream } from './event-stream.ts'
import type { Exchange } from './exchange.ts'
import { FAULTS, type FaultCode, mayRetry } from './faults.ts'
import { runResponseFilters } from './filters/filter.ts'
import type { HeaderList } from './headers.ts'
import type {
  ClientObserver,
  Endpoint,
  EndpointSource,
  Parting,
  RequestStream,
  ResponseSink,
  TunnelEnd,
} from './types.ts'

export interface ForwardPlan {
  readonly endpoints: EndpointSource
  readonly timeouts: TimeoutSpec
  readonly retry: RetrySpec
}

/** What forwarding needs of its worker. */
export interface ForwardHost {
  readonly deadlines: Deadlines
  /** Monotonic milliseconds. */
  now(): number
}

export class Forwarding implements ClientObserver, ResponseSink, Timed {
  slot = -1
  deadline = 0
  readonly #exchange: Exchange
  readonly #plan: ForwardPlan
  readonly #host: ForwardHost
  /** Where a place is taken, as long as it is. */
  #endpoint: Endpoint | undefined = undefined
  #stream: RequestStream | undefined = undefined
  /** Monotonic milliseconds; 0 where nobody wants to know how long the answer took. */
  #attemptedAt = 0
  /** Status as the endpoint gave it. */
  #answer = 0
  #committed = false
  #over = false
  /** Bytes of the answer's body; negative where they are not known, or where no answer has begun. */
  #length = -1
  /** Where the answer is an event stream. */
  #events: EventStream | undefined = undefined
  /** The answer ends behind the event under way. */
  #leaving = false

  constructor(exchange: Exchange, plan: ForwardPlan, host: ForwardHost) {
    this.#exchange = exchange
    this.#plan = plan
    this.#host = host
  }

  start(): void {
    const { requestMs } = this.#plan.timeouts
    this.#exchange.downstream.attach(this)
    if (requestMs > 0) {
      this.#host.deadlines.add(this)
      this.deadline = this.#host.deadlines.in(requestMs)
    }
    this.#attempt(this.#plan.endpoints.acquire(this.#exchange, undefined))
  }

  #attempt(endpoint: Endpoint | undefined): void {
    const exchange = this.#exchange
    if (endpoint === undefined) return this.#giveUp('no-endpoint')
    const { connectMs, responseGapMs } = this.#plan.timeouts
    const fresh = exchange.attempts > 0
    exchange.attempts++
    exchange.endpoint = endpoint
    this.#endpoint = endpoint
    endpoint.enter()
    this.#attemptedAt = endpoint.measured ? this.#host.now() : 0
    this.#stream = endpoint.pool.open(exchange, this, { connectMs, responseGapMs, fresh })
  }

  // What the endpoint does.

  opened(stream: RequestStream): void {
    // A pooled connection says so before `open` has returned it.
    this.#stream = stream
    if (this.#exchange.hasBody) this.#exchange.downstream.readBody(stream)
  }

  resumeRequest(): void {
    this.#exchange.downstream.readBody(this.#stream!)
  }

  informational(status: number, headers: HeaderList): void {
    if (!this.#over) this.#exchange.downstream.informational(status, headers)
  }

  head(status: number, headers: HeaderList, length: number): void {
    if (this.#over) return
    const exchange = this.#exchange
    this.#committed = true
    this.#answer = status
    exchange.status = status
    exchange.responseHeaders = headers
    const now = this.#host.now()
    exchange.respondedAt = now
    if (this.#attemptedAt !== 0) exchange.endpoint!.latency?.observe(now - this.#attemptedAt, now)
    if (exchange.stickyCookie !== '') headers.add('Set-Cookie', exchange.stickyCookie)
    runResponseFilters(exchange.route!.responseFilters, exchange)
    this.#length = length
    if (length < 0 && isEventStream(headers)) this.#events = new EventStream(headers)
    exchange.downstream.head(exchange.status, headers, length)
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    if (this.#over) return true
    this.#exchange.bytesSent += end - start
    const clear = this.#exchange.downstream.data(buffer, start, end)
    this.#events?.pass(buffer, start, end)
    return clear
  }

  end(trailers: HeaderList | undefined): void {
    if (this.#over) return
    this.#answered()
    this.#close()
    this.#exchange.downstream.end(trailers)
  }

  flush(): boolean {
    if (this.#leaving && !this.#over && this.#events!.between) this.#endEvents()
    return this.#over || this.#exchange.downstream.flush()
  }

  upgraded(headers: HeaderList, peer: TunnelEnd): TunnelEnd {
    this.#committed = true
    this.#exchange.status = 101
    if (this.#exchange.stickyCookie !== '') headers.add('Set-Cookie', this.#exchange.stickyCookie)
    this.#exchange.responseHeaders = headers
    this.#exchange.respondedAt = this.#host.now()
    this.#answer = 101
    this.#answered()
    this.deadline = 0
    return this.#exchange.downstream.tunnel(headers, peer)
  }

  fault(code: FaultCode): void {
    if (this.#over) return
    const exchange = this.#exchange
    const failed = exchange.endpoint!
    exchange.route!.counters.fault(code)
    failed.faulted(code)
    if (this.#committed) {
      exchange.fault = code
      this.#close()
      return exchange.downstream.reset()
    }
    const more = exchange.attempts <= this.#plan.retry.attempts && !this.#bodyTaken() && mayRetry(code, exchange.method)
    if (!more) return this.#giveUp(code)
    this.#release()
    exchange.downstream.holdBody()
    exchange.route!.counters.retried()
    this.#attempt(this.#plan.endpoints.acquire(exchange, failed))
  }

  displaced(): boolean {
    if (this.#over) return false
    const leaving = this.#exchange.endpoint
    const endpoint = this.#plan.endpoints.acquire(this.#exchange, leaving)
    if (endpoint === undefined || endpoint === leaving) return false
    this.#release()
    // As if it had been picked at first.
    this.#exchange.attempts--
    this.#attempt(endpoint)
    return true
  }

  // What the client does.

  resumeResponse(): void {
    this.#stream?.resumeResponse()
  }

  /** A client that waits for events has nothing more to send, but it would not close its side while it listens. */
  clientEnded(): void {
    if (this.#over || this.#events === undefined) return
    this.clientFault('client-gone')
    this.#exchange.downstream.reset()
  }

  clientFault(code: FaultCode): void {
    if (this.#over) return
    const exchange = this.#exchange
    this.#stream?.abort()
    if (code === 'client-gone') {
      exchange.fault = code
      // What had come of a long answer was fine; how else would one without an end ever count.
      if (this.#committed) this.#answered()
      else exchange.status = FAULTS[code].status
      return this.#close()
    }
    if (!this.#committed) return this.#giveUp(code)
    this.#breakOff(code)
  }

  tunnelClosed(): void {
    this.#close()
  }

  onDeadline(): void {
    this.clientFault('request-timeout')
  }

  // What both sides may ask.

  goAway(code: FaultCode, last: boolean): Parting {
    if (this.#over) return 'gone'
    if (!this.#committed || this.#length >= 0) return 'later'
    if (this.#events?.between === true) this.#endEvents()
    else if (last) {
      this.#stream?.abort()
      this.#breakOff(code)
    } else {
      this.#leaving = this.#events !== undefined
      return this.#leaving ? 'soon' : 'later'
    }
    return 'gone'
  }

  /** Between two events the stream can end as if the endpoint had ended it; clients connect again by themselves. */
  #endEvents(): void {
    this.#stream?.abort()
    this.end(undefined)
  }

  /** An answer that is not complete ends so that the client can see it. */
  #breakOff(code: FaultCode): void {
    this.#exchange.fault = code
    this.#close()
    this.#exchange.downstream.reset()
  }

  #answered(): void {
    const latency = this.#attemptedAt === 0 ? 0 : this.#exchange.respondedAt - this.#attemptedAt
    this.#exchange.endpoint!.answered(this.#answer, latency)
  }

  #bodyTaken(): boolean {
    const { hasBody, bytesReceived, downstream } = this.#exchange
    return hasBody && (bytesReceived > 0 || downstream.requestComplete)
  }

  #giveUp(code: FaultCode): void {
    const { status } = FAULTS[code]
    this.#exchange.fault = code
    this.#exchange.status = status
    this.#close()
    this.#exchange.downstream.reply({ status, fault: code })
  }

  #close(): void {
    if (this.#over) return
    this.#over = true
    this.#release()
    this.#host.deadlines.remove(this)
  }

  #release(): void {
    if (this.#endpoint === undefined) return
    this.#endpoint.leave()
    this.#endpoint = undefined
  }
}
