/**
 * Forwards one exchange to an endpoint of its cluster, and to another one where the fault table says that this is
 * safe. It is what the endpoint's answer flows through and who hears of both sides. Once something of the answer has
 * gone to the client, or of the body to an endpoint without being kept, there is no other attempt.
 */
import { Attempts } from './attempts.ts'
import type { Timed } from './deadlines.ts'
import { EventStream, isEventStream } from './event-stream.ts'
import type { Exchange } from './exchange.ts'
import type { FaultCode } from './faults.ts'
import { runResponseFilters } from './filters/filter.ts'
import type { ForwardHost, ForwardPlan } from './forward-plan.ts'
import { requestLimitMs } from './grpc.ts'
import type { HeaderList } from './headers.ts'
import { faultReply } from './reply.ts'
import { Detour, type Traveller } from './resilience/detour.ts'
import { isRetriedAfter, isRetriedStatus } from './resilience/repeatable.ts'
import { type Replay, replayFor } from './resilience/replay.ts'
import type { ClientObserver, Parting, RequestStream, ResponseSink, TunnelEnd } from './sides.ts'
import type { Endpoint, EndpointSource } from './types.ts'

/** `discarding`: an answer that is not good enough and goes nowhere. */
type Phase = 'asking' | 'discarding' | 'answering' | 'over'

export class Forwarding extends Attempts implements ClientObserver, ResponseSink, Timed, Traveller {
  slot = -1
  deadline = 0
  /** Gives out the endpoints, for all attempts. */
  readonly #cluster: EndpointSource
  /** Once one has failed, or there was none to ask. */
  #detour: Detour | undefined = undefined
  /** Keeps the body for another attempt, where there may be one. */
  #replay: Replay | undefined = undefined
  #stream: RequestStream | undefined = undefined
  #phase: Phase = 'asking'
  /** Bytes of the answer's body; negative where they are not known, or where no answer has begun. */
  #length = -1
  /** Where the answer is an event stream. */
  #events: EventStream | undefined = undefined

  constructor(exchange: Exchange, plan: ForwardPlan, host: ForwardHost) {
    super(exchange, plan, host)
    this.#cluster = plan.clusters.choose(exchange)
  }

  start(): void {
    const requestMs = requestLimitMs(this.exchange, this.plan.timeouts.requestMs)
    this.exchange.downstream.attach(this)
    if (requestMs > 0) {
      this.host.deadlines.add(this)
      this.deadline = this.host.deadlines.in(requestMs)
    }
    if (this.exchange.hasBody) this.#replay = replayFor(this.exchange, this.plan.retry)
    this.attempt(this.#cluster.acquire(this.exchange, undefined))
  }

  attempt(endpoint: Endpoint | undefined): void {
    if (endpoint === undefined) return this.#aside.wait()
    const { connectMs, responseGapMs } = this.plan.timeouts
    const fresh = this.exchange.attempts > 0
    this.begin(endpoint)
    this.#stream = endpoint.pool.open(this.exchange, this, { connectMs, responseGapMs, fresh })
  }

  // What the endpoint does.

  opened(stream: RequestStream): void {
    // A pooled connection says so before `open` has returned it.
    this.#stream = stream
    if (this.exchange.hasBody) this.resumeRequest()
  }

  resumeRequest(): void {
    ;(this.#replay ?? this.exchange.downstream).readBody(this.#stream!)
  }

  informational(status: number, headers: HeaderList): void {
    if (this.#phase !== 'over') this.exchange.downstream.informational(status, headers)
  }

  head(status: number, headers: HeaderList, length: number): void {
    if (this.#phase === 'over') return
    const exchange = this.exchange
    this.answeredWith(status)
    const { retry } = this.plan
    if (isRetriedStatus(status, exchange, retry) && this.#aside.isAllowed(retry.attempts)) {
      this.#phase = 'discarding'
      return
    }
    this.#phase = 'answering'
    exchange.accept(status, headers)
    this.tellLatency()
    runResponseFilters(exchange.route!.responseFilters, exchange)
    this.#length = length
    if (length < 0 && isEventStream(headers)) this.#events = new EventStream(headers)
    exchange.downstream.head(exchange.status, headers, length)
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    if (this.#phase !== 'answering') return true
    this.exchange.bytesSent += end - start
    const clear = this.exchange.downstream.data(buffer, start, end)
    this.#events?.pass(buffer, start, end)
    return clear
  }

  end(trailers: HeaderList | undefined): void {
    if (this.#phase === 'over') return
    this.answered()
    if (this.#phase === 'discarding') return this.#again(undefined)
    this.#close()
    this.exchange.downstream.end(trailers)
  }

  flush(): boolean {
    // An answer that goes nowhere is not waited for, unless it is complete already: then its connection is kept.
    if (this.#phase === 'discarding') this.#abandon()
    else if (this.#events?.isDue === true && this.#phase !== 'over') this.#endEvents()
    return this.#phase === 'over' || this.exchange.downstream.flush()
  }

  upgraded(headers: HeaderList, peer: TunnelEnd): TunnelEnd {
    this.answeredWith(101)
    this.#phase = 'answering'
    this.exchange.accept(101, headers)
    this.answered()
    this.deadline = 0
    return this.exchange.downstream.tunnel(headers, peer)
  }

  fault(code: FaultCode): void {
    if (this.#phase === 'over') return
    this.faulted(code)
    if (this.#phase === 'answering') return this.#breakOff(code)
    const { retry } = this.plan
    const isSafe = isRetriedAfter(code, this.exchange, retry)
    if (this.#phase === 'discarding' || (isSafe && this.#aside.isAllowed(retry.attempts, code))) this.#again(code)
    else this.giveUp(code)
  }

  protected override tooLate(): void {
    this.#stream?.abort()
    this.fault('attempt-timeout')
  }

  #abandon(): void {
    this.answered()
    this.#stream?.abort()
    this.#again(undefined)
  }

  get #aside(): Detour {
    const [cluster, replay, host] = [this.#cluster, this.#replay, this.host]
    this.#detour ??= new Detour(this.exchange, { cluster, replay, host, traveller: this })
    return this.#detour
  }

  /** @param fault of the attempt before; `undefined` where its answer was not good enough. */
  #again(fault: FaultCode | undefined): void {
    this.release()
    this.#stream = undefined
    this.#phase = 'asking'
    this.exchange.respondedAt = 0
    this.exchange.downstream.holdBody()
    this.#aside.again(fault)
  }

  displaced(): boolean {
    if (this.#phase === 'over') return false
    const leaving = this.exchange.endpoint!
    const endpoint = this.#cluster.acquire(this.exchange, [leaving])
    if (endpoint === undefined || endpoint === leaving) return false
    this.release()
    // As if it had been picked at first.
    this.exchange.attempts--
    this.attempt(endpoint)
    return true
  }

  // What the client does.

  resumeResponse(): void {
    this.#stream?.resumeResponse()
  }

  /** A client that waits for events has nothing more to send, but it would not close its side while it listens. */
  clientEnded(): void {
    if (this.#phase === 'over' || this.#events === undefined) return
    this.clientFault('client-gone')
    this.exchange.downstream.reset()
  }

  clientFault(code: FaultCode): void {
    if (this.#phase === 'over') return
    this.#stream?.abort()
    if (code !== 'client-gone') return this.#phase === 'answering' ? this.#breakOff(code) : this.giveUp(code)
    // What had come of a long answer was fine; how else would one without an end ever count.
    if (this.#phase === 'answering') this.answered()
    else this.exchange.fail(code)
    this.exchange.fault = code
    this.#close()
  }

  tunnelClosed(): void {
    this.#close()
  }

  onDeadline(): void {
    this.clientFault('request-timeout')
  }

  // What both sides may ask.

  goAway(code: FaultCode, last: boolean): Parting {
    if (this.#phase === 'over') return 'gone'
    if (this.#phase !== 'answering' || this.#length >= 0) return 'later'
    if (this.#events?.between === true) this.#endEvents()
    else if (last) {
      this.#stream?.abort()
      this.#breakOff(code)
    } else return this.#events?.leave() ?? 'later'
    return 'gone'
  }

  /** Between two events the stream can end as if the endpoint had ended it; clients connect again by themselves. */
  #endEvents(): void {
    this.#stream?.abort()
    this.end(undefined)
  }

  /** An answer that is not complete ends so that the client can see it. */
  #breakOff(code: FaultCode): void {
    this.exchange.fault = code
    this.#close()
    this.exchange.downstream.reset()
  }

  giveUp(code: FaultCode): void {
    this.exchange.fail(code)
    this.#close()
    this.exchange.downstream.reply(faultReply(code))
  }

  #close(): void {
    if (this.#phase === 'over') return
    this.#phase = 'over'
    // Its connection serves others from now on.
    this.#stream = undefined
    this.#detour?.cancel()
    this.release()
    this.host.deadlines.remove(this)
  }
}
