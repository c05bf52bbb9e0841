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
import { BALANCERS } from '../balance/balancers.ts'
import type { Picker } from '../balance/picker.ts'
import type { Endpoint, EndpointSource, Transport } from '../types.ts'

export class Cluster implements EndpointSource {
  readonly #transport: Transport
  readonly #random: Random
  #balancer: BalancerSpec = { kind: 'round-robin' }
  #connections: ConnectionSpec | undefined
  #endpoints: ReadonlyMap<string, LiveEndpoint> = new Map()
  #picker: Picker | undefined

  constructor(transport: Transport, random: Random) {
    this.#transport = transport
    this.#random = random
  }

  setSpec({ balancer, connections }: Pick<ClusterSpec, 'balancer' | 'connections'>): void {
    this.#balancer = balancer
    this.#connections = connections
    this.#picker = undefined
  }

  setEndpoints(specs: readonly EndpointSpec[]): void {
    const next = new Map<string, LiveEndpoint>()
    for (const spec of specs) {
      const id = endpointId(spec)
      const endpoint =
        this.#endpoints.get(id) ??
        new LiveEndpoint(
          spec,
          this.#transport.pool(spec, () => this.#connections),
        )
      endpoint.update(spec)
      next.set(id, endpoint)
    }
    for (const [id, endpoint] of this.#endpoints) if (!next.has(id)) endpoint.pool.drain()
    this.#endpoints = next
    this.#picker = undefined
  }

  acquire(avoid: Endpoint | undefined): Endpoint | undefined {
    this.#picker ??= BALANCERS[this.#balancer.kind](this.#candidates(), this.#random)
    return this.#picker.pick(avoid)
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
  spec: EndpointSpec
  inFlight = 0

  constructor(spec: EndpointSpec, pool: Endpoint['pool']) {
    this.id = endpointId(spec)
    this.spec = spec
    this.pool = pool
  }

  update(spec: EndpointSpec): void {
    this.spec = spec
    if (spec.state === 'draining') this.pool.drain()
    else this.pool.reopen()
  }
}
