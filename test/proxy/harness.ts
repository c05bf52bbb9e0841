/**
 * One data plane in this process, on a clock that the test moves, between raw clients and raw backends on loopback.
 * Nothing here waits for time: no deadline of the proxy strikes unless the test says so.
 */
import type { TestContext } from 'node:test'
import { FakeClock } from '../../src/lib/clock.ts'
import { seededRandom } from '../../src/lib/random.ts'
import type { CanarySpec, CanaryUse } from '../../src/model/canary.ts'
import type { AuthoritySpec, CertificateName, CertificateSpec } from '../../src/model/certificate.ts'
import type { ClusterName, ClusterSpec, ConnectionSpec, EndpointSpec } from '../../src/model/cluster.ts'
import type { FilterSpec } from '../../src/model/filter.ts'
import { type Layer4PortSpec, layer4PortName } from '../../src/model/layer4-port.ts'
import type {
  HostPattern,
  Priority,
  RetrySpec,
  RouteSpec,
  TimeoutSpec,
  VirtualHostSpec,
} from '../../src/model/route.ts'
import type { ServerNameSpec } from '../../src/model/server-name.ts'
import { DEFAULT_SETTINGS, type ProxySettings } from '../../src/model/settings.ts'
import { diff, type ResourceKey, resourceKey, type Snapshot } from '../../src/model/snapshot.ts'
import type { Exchange } from '../../src/proxy/exchange.ts'
import type { HttpsSpec } from '../../src/proxy/messages.ts'
import type { FamilyName, Sample } from '../../src/proxy/metrics.ts'
import type { Passage } from '../../src/proxy/passage.ts'
import { Proxy as DataPlane } from '../../src/proxy/proxy.ts'
import { Backend, connectTo, type Peer } from './peer.ts'

export { eventually, settled, turn } from './eventually.ts'
export { acceptAny, Backend, type Peer } from './peer.ts'

/** Nobody listens there. */
export const NOBODY = { address: '127.0.0.1', port: 1 }

export interface RouteOptions {
  readonly host?: string
  readonly path?: string
  readonly exact?: boolean
  readonly cluster?: string
  readonly filters?: readonly FilterSpec[]
  readonly timeouts?: Partial<TimeoutSpec>
  readonly retries?: number
  readonly canary?: CanaryUse
  readonly retry?: Partial<RetrySpec>
  readonly priority?: Priority
}

/** One call of the access log. */
export type Entry = Pick<Exchange, 'path' | 'status' | 'fault' | 'attempts' | 'bytesReceived' | 'bytesSent'> & {
  readonly endpoint: string | undefined
  readonly requestId: string
  readonly clientAddress: string
}

export class TestProxy {
  readonly clock = new FakeClock()
  /** What the access log was told, in order. */
  readonly log: Entry[] = []
  /** The exchanges themselves, as they are now. */
  readonly finished: Exchange[] = []
  /** What was passed on as it is, and is over. */
  readonly passages: Passage[] = []
  readonly plane: DataPlane
  /** The part of its memory that the process is to use. */
  memory = 0
  port = 0
  readonly #t: TestContext
  #snapshot: Snapshot = new Map()
  #wanted = new Map<ResourceKey, string>()
  #hosts = new Map<string, RouteSpec[]>()
  #revision = 0

  constructor(t: TestContext) {
    this.#t = t
    const accessLog = {
      write: (exchange: Exchange) => {
        this.finished.push(exchange)
        this.log.push(entryOf(exchange))
      },
      passed: (passage: Passage) => void this.passages.push(passage),
    }
    this.plane = new DataPlane({ clock: this.clock, random: seededRandom(1), accessLog, memory: () => this.memory })
  }

  /** @param https serves HTTPS beside HTTP. */
  async listen(https?: HttpsSpec): Promise<this> {
    const place = { host: '127.0.0.1', port: 0, reusePort: false }
    this.port = await this.plane.listen({ ...place, ...(https && { https }) })
    this.#t.after(async () => {
      const drained = this.plane.drain(1)
      this.clock.advance(1000)
      await drained
    })
    return this
  }

  // What is asked of it; nothing holds before `apply`.

  settings(
    change: { limits?: Partial<ProxySettings['limits']>; timeouts?: Partial<ProxySettings['timeouts']> } & Partial<
      Pick<
        ProxySettings,
        'tls' | 'http2' | 'overload' | 'proxyProtocol' | 'trustedProxies' | 'sendForwarded' | 'accessLog'
      >
    >,
  ): this {
    const settings: ProxySettings = {
      ...DEFAULT_SETTINGS,
      ...change,
      limits: { ...DEFAULT_SETTINGS.limits, ...change.limits },
      timeouts: { ...DEFAULT_SETTINGS.timeouts, ...change.timeouts },
    }
    return this.#want(resourceKey('settings', 'global'), settings)
  }

  route(options: RouteOptions = {}): this {
    const {
      host = '*',
      path = '/',
      exact = false,
      cluster = 'shop/web:80',
      filters = [],
      timeouts,
      retries = 1,
      canary,
      retry,
      priority,
    } = options
    const routes = this.#hosts.get(host) ?? []
    const id = `${host}${path}${exact ? '=' : ''}`
    const route: RouteSpec = {
      id,
      match: { path: { kind: exact ? 'exact' : 'prefix', value: path } },
      filters,
      action: {
        kind: 'forward',
        clusters: [{ name: cluster as ClusterName, weight: 1 }],
        timeouts: { connectMs: 5000, responseGapMs: 60_000, requestMs: 0, ...timeouts },
        retry: { attempts: retries, ...retry },
        ...(canary === undefined ? {} : { canary }),
      },
      ...(priority === undefined ? {} : { priority }),
      origin: { kind: 'Ingress', namespace: 'shop', name: 'web' },
    }
    this.#hosts.set(host, [...routes.filter((other) => other.id !== id), route])
    const spec: VirtualHostSpec = { host: host as HostPattern, routes: this.#hosts.get(host)! }
    return this.#want(resourceKey('virtualHost', host), spec)
  }

  canary(name: string, spec: CanarySpec): this {
    return this.#want(resourceKey('canary', name), spec)
  }

  /** @param names patterns of hosts that get it. */
  certificate(name: string, certificate: CertificateSpec, ...names: readonly string[]): this {
    for (const each of names) this.serverName(each, { certificates: [name as CertificateName] })
    return this.#want(resourceKey('certificate', name), certificate)
  }

  /** @param response what is stapled to a certificate. */
  staple(name: string, response: Buffer): this {
    return this.#want(resourceKey('staple', name), response.toString('base64'))
  }

  authority(name: string, spec: AuthoritySpec): this {
    return this.#want(resourceKey('authority', name), spec)
  }

  /** @param keys none where each process has its own. */
  ticketKeys(keys: readonly string[]): this {
    const key = resourceKey('ticketKeys', 'global')
    if (keys.length > 0) return this.#want(key, keys)
    this.#wanted.delete(key)
    return this
  }

  serverName(pattern: string, spec: ServerNameSpec): this {
    return this.#want(resourceKey('serverName', pattern), spec)
  }

  layer4Port(spec: Layer4PortSpec): this {
    return this.#want(resourceKey('layer4Port', layer4PortName(spec)), spec)
  }

  closeLayer4Port(spec: Pick<Layer4PortSpec, 'protocol' | 'port'>): this {
    this.#wanted.delete(resourceKey('layer4Port', layer4PortName(spec)))
    return this
  }

  unroute(host: string): this {
    this.#hosts.delete(host)
    this.#wanted.delete(resourceKey('virtualHost', host))
    return this
  }

  endpoints(
    backends: readonly (Pick<EndpointSpec, 'address' | 'port'> & Partial<EndpointSpec>)[],
    cluster = 'shop/web:80',
  ): this {
    const specs = backends.map(
      ({ address, port, weight = 1, state = 'ready', graceMs, near }): EndpointSpec => ({
        ...{ address, port, weight, state },
        ...(graceMs === undefined ? {} : { graceMs }),
        ...(near === undefined ? {} : { near }),
      }),
    )
    return this.#want(resourceKey('endpoints', cluster), specs)
  }

  /** What is asked of the connections of one cluster. */
  connections(connections: ConnectionSpec, cluster?: string): this {
    return this.cluster({ connections }, cluster)
  }

  /** What is asked of one cluster. */
  cluster(spec: Partial<ClusterSpec>, name = 'shop/web:80'): this {
    const [namespace = '', service = ''] = name.replace(/:.*/, '').split('/')
    const given = { name: name as ClusterName, namespace, service }
    const usual = { protocol: 'http/1.1', balancer: { kind: 'round-robin' } } as const
    return this.#want(resourceKey('cluster', name), { ...usual, ...given, ...spec } satisfies ClusterSpec)
  }

  /** Sends what changed, as the controller would. */
  apply(): this {
    const update = diff(++this.#revision, this.#snapshot, this.#wanted)
    this.#snapshot = new Map(this.#wanted)
    if (update !== undefined) this.plane.apply(update)
    return this
  }

  connect(): Promise<Peer> {
    return connectTo(this.#t, this.port)
  }

  /** Value of one series; undefined where there is none. */
  sample(family: FamilyName, ...labels: readonly string[]): Sample[2] | undefined {
    return this.plane
      .samples()
      .find(([name, values]) => name === family && labels.every((label) => values.includes(label)))?.[2]
  }

  #want(key: ResourceKey, value: unknown): this {
    this.#wanted.set(key, JSON.stringify(value))
    return this
  }
}

function entryOf(exchange: Exchange): Entry {
  const { path, status, fault, attempts, bytesReceived, bytesSent, requestId, clientAddress, endpoint } = exchange
  return { path, status, fault, attempts, bytesReceived, bytesSent, requestId, clientAddress, endpoint: endpoint?.id }
}

/** A proxy in front of some backends, one route to all of them, and a client. */
export async function startWorld(t: TestContext, options: RouteOptions & { readonly backends?: number } = {}) {
  const backends: Backend[] = []
  for (let n = 0; n < (options.backends ?? 1); n++) backends.push(await new Backend().listen(t))
  const proxy = await new TestProxy(t).route(options).endpoints(backends).apply().listen()
  return { proxy, backends, backend: backends[0]!, client: await proxy.connect() }
}

/** Lets a backend answer every request at once, with its own id as the body. */
export function answering(...backends: readonly Backend[]): void {
  for (const backend of backends) backend.answer = () => ok(backend.id)
}

/** Of a backend where the test says what a client is told: see `Peer.asksForBodies`. */
export function keepsSilent(peer: Peer): void {
  peer.asksForBodies = false
}

export function ok(body: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

export function get(path = '/', ...lines: readonly string[]): string {
  return `GET ${path} HTTP/1.1\r\nHost: a.test\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`
}

export function post(body: string, ...lines: readonly string[]): string {
  return `POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${body.length}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n${body}`
}
