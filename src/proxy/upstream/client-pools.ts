/**
 * Connections of one worker to one endpoint that is told by the PROXY protocol who connects: each serves one client alone,
 * which is one connection to us. A pool for each of them, as long as it has connections; of those that are kept for
 * clients who may be gone, the one that was used the longest ago makes room.
 */
import type { Exchange } from '../exchange.ts'
import { type Ends, proxyHeader } from '../proxy-header.ts'
import type { RequestStream, ResponseSink } from '../sides.ts'
import type { ConnectionPool, OpenOptions } from '../types.ts'
import { endsOf, nameOf } from './client-ends.ts'

/** What a pool for one client is made with, beside what all of them have. */
export interface Belonging {
  /** Comes first on each of its connections. */
  readonly preface: Buffer
  /** It has connections now, and has none any more. */
  readonly occupied: () => void
  readonly vacated: () => void
}

export interface ClientPoolsInit {
  readonly version: 'v1' | 'v2'
  readonly poolFor: (belonging: Belonging) => ConnectionPool
  /** Clients whose connections are kept. */
  readonly most: () => number
}

export class ClientPools implements ConnectionPool {
  readonly #init: ClientPoolsInit
  /** By client, the one that was used last at the end. */
  readonly #pools = new Map<string, ConnectionPool>()
  readonly #occupied = new Set<ConnectionPool>()
  /** Since the endpoint leaves: how long it has. */
  #leaving: { readonly graceMs: number | undefined } | undefined

  constructor(init: ClientPoolsInit) {
    this.#init = init
  }

  open(exchange: Exchange, sink: ResponseSink, options: OpenOptions): RequestStream {
    const ends = endsOf(exchange)
    const name = nameOf(ends)
    const pool = this.#pools.get(name) ?? this.#newPool(name, ends)
    this.#pools.delete(name)
    this.#pools.set(name, pool)
    this.#makeRoom()
    return pool.open(exchange, sink, options)
  }

  drain(graceMs?: number): void {
    this.#leaving = { graceMs }
    for (const [name, pool] of this.#pools) if (!this.#occupied.has(pool)) this.#pools.delete(name)
    for (const pool of [...this.#occupied]) pool.drain(graceMs)
  }

  reopen(): void {
    this.#leaving = undefined
    for (const pool of this.#occupied) pool.reopen()
  }

  #newPool(name: string, ends: Ends): ConnectionPool {
    const { version, poolFor } = this.#init
    // It may be one for each protocol.
    let parts = 0
    const pool = poolFor({
      preface: proxyHeader(version, ends),
      occupied: () => {
        if (parts++ === 0) this.#occupied.add(pool)
      },
      vacated: () => {
        if (--parts > 0) return
        this.#occupied.delete(pool)
        if (this.#pools.get(name) === pool) this.#pools.delete(name)
      },
    })
    if (this.#leaving !== undefined) pool.drain(this.#leaving.graceMs)
    return pool
  }

  /** What is at work there finishes. */
  #makeRoom(): void {
    if (this.#pools.size <= Math.max(1, this.#init.most())) return
    const [oldest] = this.#pools
    this.#pools.delete(oldest![0])
    oldest![1].drain()
  }
}
