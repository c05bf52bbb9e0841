/**
 * A whole data plane on loopback: one Proxy with several ports, one backend for all of them. The port that a client
 * came in by is what the proxy tells the backend in X-Forwarded-Port, so that conversations can be told apart although
 * they share everything behind it. The clock of the proxy stands still: what waits for a timeout waits forever.
 */
import { FakeClock } from '../../../src/lib/clock.ts'
import { seededRandom } from '../../../src/lib/random.ts'
import type { ClusterName, ClusterSpec, EndpointSpec } from '../../../src/model/cluster.ts'
import type { HostPattern, RouteSpec, VirtualHostSpec } from '../../../src/model/route.ts'
import { type ResourceKey, resourceKey } from '../../../src/model/snapshot.ts'
// biome-ignore lint/suspicious/noShadowRestrictedNames: it is what the field calls it.
import { Proxy } from '../../../src/proxy/proxy.ts'
import type { Plan } from '../inputs/plans.ts'
import type { RequestHead } from '../reference/requests.ts'
import { values } from '../reference/syntax.ts'
import { Backend, type Seen } from './backend.ts'

const CLUSTER = 'fuzz/backend:80' as ClusterName
const ROUTE: RouteSpec = {
  id: 'all',
  match: { path: { kind: 'prefix', value: '/' } },
  filters: [],
  action: {
    kind: 'forward',
    clusters: [{ name: CLUSTER, weight: 1 }],
    timeouts: { connectMs: 5_000, responseGapMs: 60_000, requestMs: 0 },
    retry: { attempts: 1 },
  },
  origin: { kind: 'Ingress', namespace: 'fuzz', name: 'all' },
}
const CLUSTER_SPEC: ClusterSpec = {
  name: CLUSTER,
  namespace: 'fuzz',
  service: 'backend',
  protocol: 'http/1.1',
  balancer: { kind: 'round-robin' },
  // Its clock stands still, and what a backend is asked beside what clients ask is no part of a conversation.
  connections: { asksFirst: false },
}
const HOST: VirtualHostSpec = { host: '*' as HostPattern, routes: [ROUTE] }

/** What a backend is to do in one conversation, and what has become of it. */
export interface Part {
  readonly plan: () => Plan
  readonly seen: Seen[]
}

interface WorldInit {
  readonly clock: FakeClock
  readonly proxy: Proxy
  readonly backend: Backend
  readonly parts: Map<number, Part>
  readonly ports: readonly number[]
  readonly endpoint: string
}

export class World {
  readonly ports: readonly number[]
  readonly backend: Backend
  /** `address:port` of the backend. */
  readonly endpoint: string
  /** One more port, for what comes behind. */
  readonly canaryPort: number
  readonly #proxy: Proxy
  readonly #clock: FakeClock
  readonly #parts: Map<number, Part>

  private constructor(init: WorldInit) {
    this.#clock = init.clock
    this.#proxy = init.proxy
    this.backend = init.backend
    this.#parts = init.parts
    this.ports = init.ports.slice(1)
    this.canaryPort = init.ports[0]!
    this.endpoint = init.endpoint
  }

  static async open(ports: number): Promise<World> {
    const parts = new Map<number, Part>()
    const backend = new Backend((head, serial) => direct(parts, head, serial))
    const port = await backend.listen()
    const clock = new FakeClock()
    const proxy = new Proxy({ clock, random: seededRandom(1), accessLog: undefined })
    const endpoint: EndpointSpec = { address: '127.0.0.1', port, weight: 1, state: 'ready' }
    const upserts: [ResourceKey, string][] = [
      [resourceKey('cluster', CLUSTER), JSON.stringify(CLUSTER_SPEC)],
      [resourceKey('endpoints', CLUSTER), JSON.stringify([endpoint])],
      [resourceKey('virtualHost', '*'), JSON.stringify(HOST)],
    ]
    proxy.apply({ revision: 1, upserts, removals: [] })
    const open: number[] = []
    for (let i = 0; i <= ports; i++) open.push(await proxy.listen({ host: '127.0.0.1', port: 0, reusePort: false }))
    return new World({ clock, proxy, backend, parts, ports: open, endpoint: `127.0.0.1:${port}` })
  }

  /** From now on requests that come in by this port are this conversation's. */
  begin(port: number, part: Part): void {
    this.#parts.set(port, part)
  }

  /** Connections that still do something. */
  busy(): string[] {
    const left = this.#proxy.samples().flatMap(([name, [state = ''], value]) => {
      const open = name === 'sluice_connections' || (name === 'sluice_upstream_connections' && state === 'busy')
      return open && value !== 0 ? `${value} ${state} ${name}` : []
    })
    return this.backend.settled ? left : [...left, 'a backend connection within a request']
  }

  async close(): Promise<void> {
    this.backend.close()
    const drained = this.#proxy.drain(1)
    this.#clock.advance(1)
    await drained
  }
}

function direct(parts: Map<number, Part>, head: RequestHead, serial: number): Seen | string {
  const part = parts.get(Number(values(head.fields, 'x-forwarded-port').join()))
  if (part === undefined) return `a request that no conversation knows: ${JSON.stringify(head)}`
  const seen: Seen = { head, serial, plan: part.plan(), request: undefined, silent: true, tunnelled: '' }
  part.seen.push(seen)
  return seen
}
