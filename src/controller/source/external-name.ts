/**
 * Addresses of the hosts of ExternalName Services: looked up as long as somebody asks for them, again when an answer
 * expires. A lookup that fails changes nothing but the note that it failed: the last good answer stays.
 */
import { type BackoffSpec, backoff } from '../../lib/backoff.ts'
import type { Clock } from '../../lib/clock.ts'
import type { DnsAnswer, DnsLookup } from '../../lib/dns.ts'
import type { Random } from '../../lib/random.ts'
import type { Resolution } from '../store.ts'

/** An answer is believed for its TTL within these bounds: neither a storm of questions nor a stale address for long. */
const LEAST_TTL_MS = 5_000
const MOST_TTL_MS = 300_000
const RETRY: BackoffSpec = { minMs: 1_000, maxMs: 30_000 }

export interface ExternalNamesInit {
  readonly clock: Clock
  readonly random: Random
  readonly lookup: DnsLookup
  /** Told what changed; an answer that says the same as the last is not told. */
  readonly found: (resolution: Resolution) => void
}

/** What is known of one host while it is wanted. */
interface Host {
  readonly name: string
  addresses: readonly string[]
  failure: string | undefined
  failures: number
  wanted: boolean
  callOff: () => void
}

export class ExternalNames {
  readonly #init: ExternalNamesInit
  readonly #hosts = new Map<string, Host>()

  constructor(init: ExternalNamesInit) {
    this.#init = init
  }

  /** From now on just these hosts are looked up; the others are forgotten. */
  want(names: ReadonlySet<string>): void {
    for (const [name, host] of this.#hosts) if (!names.has(name)) this.#forget(host)
    for (const name of names) if (!this.#hosts.has(name)) this.#begin(name)
  }

  stop(): void {
    this.want(new Set())
  }

  #forget(host: Host): void {
    host.wanted = false
    host.callOff()
    this.#hosts.delete(host.name)
  }

  #begin(name: string): void {
    const host: Host = { name, addresses: [], failure: undefined, failures: 0, wanted: true, callOff: () => {} }
    this.#hosts.set(name, host)
    this.#ask(host)
  }

  #ask(host: Host): void {
    this.#init.lookup(host.name).then(
      (answers) => this.#answered(host, answers),
      (error: unknown) => this.#failed(host, error),
    )
  }

  #answered(host: Host, answers: readonly DnsAnswer[]): void {
    const ttlMs = Math.min(...answers.map(({ ttlSeconds }) => ttlSeconds)) * 1000
    host.failures = 0
    this.#conclude(host, answers.map(({ address }) => address).sort(), undefined)
    this.#askLater(host, Math.max(LEAST_TTL_MS, Math.min(MOST_TTL_MS, ttlMs)))
  }

  #failed(host: Host, error: unknown): void {
    host.failures++
    this.#conclude(host, host.addresses, error instanceof Error ? error.message : String(error))
    this.#askLater(host, backoff(RETRY, host.failures, this.#init.random))
  }

  #conclude(host: Host, addresses: readonly string[], failure: string | undefined): void {
    const isSame = failure === host.failure && addresses.join() === host.addresses.join()
    host.addresses = addresses
    host.failure = failure
    if (isSame || !host.wanted) return
    this.#init.found({ host: host.name, addresses, ...(failure === undefined ? {} : { failure }) })
  }

  #askLater(host: Host, ms: number): void {
    if (host.wanted) host.callOff = this.#init.clock.after(ms, () => this.#ask(host))
  }
}
