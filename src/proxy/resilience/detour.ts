/**
 * What a request needs that does not simply go to an endpoint and come back: another attempt, whether there may be one,
 * where and when; a place in the line where no endpoint may get it now.
 */
import type { Exchange } from '../exchange.ts'
import type { FaultCode } from '../faults.ts'
import type { ForwardHost } from '../forward-plan.ts'
import type { Endpoint, EndpointSource, Waiter } from '../types.ts'
import { isBodyTaken } from './repeatable.ts'
import type { Replay } from './replay.ts'
import { retryPause } from './retry-pause.ts'

/** The request itself. */
export interface Traveller {
  /** @param endpoint to ask now; `undefined` where there is none. */
  attempt(endpoint: Endpoint | undefined): void
  /** It is answered with this. */
  giveUp(code: FaultCode): void
}

export interface DetourInit {
  readonly cluster: EndpointSource
  /** Where the body is kept, if it is. */
  readonly replay: Replay | undefined
  readonly host: ForwardHost
  readonly traveller: Traveller
}

export class Detour implements Waiter {
  readonly #exchange: Exchange
  readonly #init: DetourInit
  #tried: Endpoint[] | undefined = undefined
  /** Attempts that do not count: who refused has cost nobody anything, and there was another one. */
  #refusals = 0
  #cancel: (() => void) | undefined = undefined

  constructor(exchange: Exchange, init: DetourInit) {
    this.#exchange = exchange
    this.#init = init
  }

  /**
   * Whether there may be another attempt as far as body, number and the budget of the service go; who is let make one
   * makes it.
   * @param most attempts after the first one. @param fault of the one before, where it ended in one.
   */
  isAllowed(most: number, fault?: FaultCode): boolean {
    const { cluster, replay } = this.#init
    const { attempts, route, endpoint } = this.#exchange
    if (replay?.isWhole !== true && isBodyTaken(this.#exchange)) return false
    // Who refuses is not asked again soon: of many that are gone, each is met once.
    const wasRefused = most > 0 && fault === 'connect-refused'
    if (wasRefused && cluster.hasOther([...(this.#tried ?? []), endpoint!])) {
      this.#refusals++
      return true
    }
    if (attempts - this.#refusals > most) return false
    const allowed = cluster.allowsRetry()
    if (!allowed) route!.counters.retryDenied()
    return allowed
  }

  /**
   * Makes another attempt, now or after a pause.
   * @param fault of the one before; `undefined` where its answer was not good enough.
   */
  again(fault: FaultCode | undefined): void {
    const { host, traveller } = this.#init
    const { endpoint: failed, route } = this.#exchange
    const attempts = this.#exchange.attempts - this.#refusals
    route!.counters.retried()
    this.#tried ??= []
    this.#tried.push(failed!)
    const endpoint = this.#acquire()
    const elsewhere = endpoint !== undefined && !this.#tried.includes(endpoint)
    const pauseMs = retryPause({ attempts, fault, elsewhere }, host.random)
    if (pauseMs === 0) traveller.attempt(endpoint)
    else this.#cancel = host.clock.after(pauseMs, () => traveller.attempt(this.#acquire()))
  }

  /** Joins the line of the cluster, where there is one. */
  wait(): void {
    const place = this.#init.cluster.wait(this)
    if (typeof place === 'string') this.#init.traveller.giveUp(place)
    else this.#cancel = place
  }

  called(): boolean {
    const endpoint = this.#acquire()
    if (endpoint !== undefined) this.#init.traveller.attempt(endpoint)
    return endpoint !== undefined
  }

  expired(code: FaultCode): void {
    this.#init.traveller.giveUp(code)
  }

  /** Nothing of what it waits for happens any more. */
  cancel(): void {
    this.#cancel?.()
  }

  /** One that was not asked yet, where there is one. */
  #acquire(): Endpoint | undefined {
    return this.#init.cluster.acquire(this.#exchange, this.#tried)
  }
}
