/**
 * The attempts of one exchange, one after the other: which endpoint has it, from when to when, how long it took to
 * answer, and what it is judged by. A class to build on, since every request has one: an object beside the forwarding
 * would cost each of them an allocation.
 */
import type { Exchange } from './exchange.ts'
import type { FaultCode } from './faults.ts'
import type { ForwardHost, ForwardPlan } from './forward-plan.ts'
import type { Endpoint } from './types.ts'

export abstract class Attempts {
  protected readonly exchange: Exchange
  protected readonly plan: ForwardPlan
  protected readonly host: ForwardHost
  /** Where a place is taken, as long as it is. */
  #endpoint: Endpoint | undefined = undefined
  /** Calls the end of the attempt off, where it has one. */
  #cancel: (() => void) | undefined = undefined
  /** Monotonic milliseconds; 0 where nobody wants to know how long the answer took. */
  #startedAt = 0
  /** Until the head of the answer; 0 where nobody asked. */
  #latency = 0
  /** Status as the endpoint gave it. */
  #answer = 0

  constructor(exchange: Exchange, plan: ForwardPlan, host: ForwardHost) {
    this.exchange = exchange
    this.plan = plan
    this.host = host
  }

  /** The endpoint has not begun its answer in the time that one attempt has. */
  protected abstract tooLate(): void

  /** Takes a place at an endpoint. */
  protected begin(endpoint: Endpoint): void {
    const { exchange, host } = this
    const { attemptMs } = this.plan.retry
    const again = exchange.attempts > 0
    exchange.attempts++
    exchange.endpoint = endpoint
    this.#endpoint = endpoint
    endpoint.enter(again)
    this.#startedAt = endpoint.measured ? host.clock.now() : 0
    if (attemptMs !== undefined) this.#cancel = host.clock.after(attemptMs, () => this.tooLate())
  }

  /** The head of the answer has come. */
  protected answeredWith(status: number): void {
    this.#cancel?.()
    this.#answer = status
    const now = this.host.clock.now()
    this.exchange.respondedAt = now
    this.#latency = this.#startedAt === 0 ? 0 : now - this.#startedAt
  }

  /** Tells the balancer how long the head took, where it wants to know. */
  protected tellLatency(): void {
    if (this.#startedAt !== 0) this.exchange.endpoint!.latency?.observe(this.#latency, this.exchange.respondedAt)
  }

  /** The answer is over, or nobody wants the rest of it. */
  protected answered(): void {
    this.exchange.endpoint!.answered(this.#answer, this.#latency)
  }

  protected faulted(code: FaultCode): void {
    this.exchange.route!.counters.fault(code)
    this.exchange.endpoint!.faulted(code)
  }

  /** Gives the place back, once. */
  protected release(): void {
    this.#cancel?.()
    if (this.#endpoint === undefined) return
    this.#endpoint.leave(this.exchange.attempts > 1)
    this.#endpoint = undefined
  }
}
