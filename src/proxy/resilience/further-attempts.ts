/** What comes after an attempt that failed: whether there may be another one, where, and when. */
import type { Random } from '../../lib/random.ts'
import type { Exchange } from '../exchange.ts'
import type { FaultCode } from '../faults.ts'
import type { Endpoint, EndpointSource } from '../types.ts'
import { isBodyTaken } from './repeatable.ts'
import type { Replay } from './replay.ts'
import { retryPause } from './retry-pause.ts'

export interface NextAttempt {
  readonly endpoint: Endpoint | undefined
  readonly pauseMs: number
}

export class FurtherAttempts {
  readonly #exchange: Exchange
  readonly #cluster: EndpointSource
  readonly #replay: Replay | undefined
  readonly #tried: Endpoint[] = []

  /** @param replay where the body is kept, if it is. */
  constructor(exchange: Exchange, cluster: EndpointSource, replay: Replay | undefined) {
    this.#exchange = exchange
    this.#cluster = cluster
    this.#replay = replay
  }

  /**
   * Whether there may be one as far as body, number and the budget of the service go; who is let make one makes it.
   * @param most attempts after the first one.
   */
  isAllowed(most: number): boolean {
    const { attempts, route } = this.#exchange
    if (attempts > most || (this.#replay?.isWhole !== true && isBodyTaken(this.#exchange))) return false
    const allowed = this.#cluster.allowsRetry()
    if (!allowed) route!.counters.retryDenied()
    return allowed
  }

  /**
   * The endpoint to ask after a pause; where there is none, at once.
   * @param fault of the attempt before; `undefined` where its answer was not good enough.
   */
  next(fault: FaultCode | undefined, random: Random): NextAttempt {
    const { endpoint: failed, attempts, route } = this.#exchange
    route!.counters.retried()
    this.#tried.push(failed!)
    const endpoint = this.acquire()
    const elsewhere = endpoint !== undefined && !this.#tried.includes(endpoint)
    return { endpoint, pauseMs: retryPause({ attempts, fault, elsewhere }, random) }
  }

  /** One that was not asked yet, where there is one. */
  acquire(): Endpoint | undefined {
    return this.#cluster.acquire(this.#exchange, this.#tried)
  }
}
