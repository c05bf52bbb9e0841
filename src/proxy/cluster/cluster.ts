/**
 * The endpoints of one Service port in one worker. An endpoint that stays keeps its connections over any update; one
 * that leaves gets nothing new from the same turn on, finishes what it has, and closes what is idle.
 */

import type { Random } from '../../lib/random.ts'
import {
  type BalancerSpec,
  type ClusterSpec,
  type ConnectionSpec,
  type EndpointSpec,
  endpointId,
} from '../../model/cluster.ts'
import type { Facts } from '../balance/picker.ts'
import type { Exchange } from '../exchange.ts'
import type { Endpoint, EndpointSource, Transport } from '../types.ts'
import { Assignment } from './assignment.ts'
import { PeakEwma } from './peak-ewma.ts'
import { requestHash } from './request-hash.ts'
import { Sticky } from './sticky.ts'

/** What a cluster needs of its worker. */
export interface ClusterHost {
  readonly transport: Transport
  readonly random: Random
  /** Monotonic milliseconds. */
  now(): number
}

export class Cluster implements EndpointSource {
  readonly #transport: Transport
  readonly #facts: Facts
  /** Of all endpoints together. */
  #inFlight = 0
  #hash: ((exchange: Exchange) => number) | undefined
  #balancer: BalancerSpec = { kind: 'round-robin' }
  #connections: ConnectionSpec | undefined
  #endpoints: ReadonlyMap<string, LiveEndpoint> = new Map()
  #sticky: Sticky | undefined
  #assignment: Assignment | undefined

  constructor({ transport, random, now }: ClusterHost) {
    this.#transport = transport
    this.#facts = {
      random,
      load: ({ inFlight }) => inFlight,
      total: () => this.#inFlight,
      latency: (endpoint) => (endpoint as LiveEndpoint).latency?.value(now()) ?? 0,
    }
  }

  setSpec({ balancer, connections, sticky }: Pick<ClusterSpec, 'balancer' | 'connections' | 'sticky'>): void {
    this.#balancer = balancer
    this.#hash = balancer.kind === 'maglev' ? requestHash(balancer.on) : undefined
    this.#connections = connections
    this.#sticky = sticky && new Sticky(sticky, this.#facts.random)
    this.#assignment = undefined
    for (const endpoint of this.#endpoints.values()) this.#measure(endpoint)
  }

  setEndpoints(specs: readonly EndpointSpec[]): void {
    const next = new Map<string, LiveEndpoint>()
    for (const spec of specs) {
      const id = endpointId(spec)
      const endpoint =
        this.#endpoints.get(id) ??
        new LiveEndpoint(spec, {
          pool: this.#transport.pool(spec, () => this.#connections),
          count: (more) => {
            this.#inFlight += more
          },
        })
      endpoint.update(spec)
      this.#measure(endpoint)
      next.set(id, endpoint)
    }
    for (const [id, endpoint] of this.#endpoints) if (!next.has(id)) endpoint.pool.drain()
    this.#endpoints = next
    this.#assignment = undefined
  }

  acquire(exchange: Exchange, avoid: Endpoint | undefined): Endpoint | undefined {
    this.#assignment ??= new Assignment(this.#candidates(), {
      balancer: this.#balancer,
      hash: this.#hash,
      sticky: this.#sticky,
      facts: this.#facts,
    })
    return this.#assignment.pick(exchange, avoid)
  }

  /** Nobody measures what nobody asks for. */
  #measure(endpoint: LiveEndpoint): void {
    if (this.#balancer.kind === 'peak-ewma') endpoint.latency ??= new PeakEwma()
    else endpoint.latency = undefined
  }

  /** The ready ones; the draining ones only where nobody is ready, since an answer from them is better than none. */
  #candidates(): { endpoint: Endpoint; weight: number }[] {
    const all = [...this.#endpoints.values()].filter(({ spec }) => spec.weight > 0)
    const ready = all.filter(({ spec }) => spec.state === 'ready')
    return (ready.length > 0 ? ready : all).map((endpoint) => ({ endpoint, weight: endpoint.spec.weight }))
  }
}

class LiveEndpoint implements Endpoint {
  readonly id: string
  readonly pool: Endpoint['pool']
  readonly #count: (more: number) => void
  spec: EndpointSpec
  inFlight = 0
  latency: PeakEwma | undefined = undefined

  constructor(spec: EndpointSpec, { pool, count }: { pool: Endpoint['pool']; count: (more: number) => void }) {
    this.id = endpointId(spec)
    this.spec = spec
    this.pool = pool
    this.#count = count
  }

  enter(): void {
    this.inFlight++
    this.#count(1)
  }

  leave(): void {
    this.inFlight--
    this.#count(-1)
  }

  update(spec: EndpointSpec): void {
    this.spec = spec
    if (spec.state === 'draining') this.pool.drain()
    else this.pool.reopen()
  }
}
