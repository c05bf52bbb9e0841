/**
 * Stands in for the load balancer of a cloud and for kube-proxy: each Service of type LoadBalancer gets an address, at
 * which its ports for TCP lead to Pods that are ready. A connection stays where it is; only new ones are balanced.
 */
import type { V1EndpointSlice, V1ServiceSpec, V1ServiceStatus } from '@kubernetes/client-node'
import type { ApiClient, KubeObject } from './api-client.ts'
import type { Network } from './network.ts'
import { NODES } from './nodes.ts'
import { type Target, TcpRelay } from './tcp-relay.ts'
import { Watcher } from './watcher.ts'

/** As load balancers check health and try the next one. */
const CONNECT_MS = 1_000
const RETRY_MS = 500

export interface Service extends KubeObject {
  readonly spec: V1ServiceSpec
  readonly status?: V1ServiceStatus
}

type Slice = KubeObject & Pick<V1EndpointSlice, 'endpoints' | 'ports'>

interface Exposed {
  readonly address: string
  readonly relays: Map<string, TcpRelay>
}

export class LoadBalancer {
  readonly #client: ApiClient
  readonly #network: Network
  readonly #services: Watcher<Service>
  readonly #slices: Watcher<Slice>
  readonly #exposed = new Map<string, Exposed>()
  #next = 0
  #turn = 0
  #work: Promise<void> = Promise.resolve()
  #closed = false

  static async start(client: ApiClient, network: Network): Promise<LoadBalancer> {
    const balancer = new LoadBalancer(client, network)
    await balancer.#slices.start()
    await balancer.#services.start()
    return balancer
  }

  private constructor(client: ApiClient, network: Network) {
    this.#client = client
    this.#network = network
    const onSet = (service: Service) => this.#then(() => this.#expose(service))
    const onGone = (service: Service) => this.#then(() => this.#withdraw(service))
    this.#services = new Watcher<Service>({ client, path: '/api/v1/services', onSet, onGone })
    const path = '/apis/discovery.k8s.io/v1/endpointslices'
    this.#slices = new Watcher<Slice>({ client, path, onSet: () => {}, onGone: () => {} })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#services.stop()
    this.#slices.stop()
    await this.#work
    for (const { relays } of this.#exposed.values()) for (const relay of relays.values()) relay.close()
  }

  /** One after the other: an address is given once. */
  #then(step: () => Promise<void>): void {
    this.#work = this.#work.then(step).catch((error: Error) => {
      if (!this.#closed) process.stderr.write(`load balancer: ${error.message}\n`)
    })
  }

  async #expose(service: Service): Promise<void> {
    const { spec } = service
    const isBalanced = spec.type === 'LoadBalancer'
    if (!isBalanced && spec.type !== 'NodePort') return await this.#withdraw(service)
    const key = keyOf(service)
    const exposed = this.#exposed.get(key) ?? { address: isBalanced ? this.#address() : '', relays: new Map() }
    this.#exposed.set(key, exposed)
    const wanted = listeners(service, exposed.address)
    for (const [name, relay] of exposed.relays) {
      if (wanted.has(name)) continue
      relay.close()
      exposed.relays.delete(name)
    }
    if (isBalanced) await this.#network.addAddress(exposed.address)
    for (const [name, { host, port, servicePort }] of wanted) {
      if (exposed.relays.has(name)) continue
      const targets = () => this.#targets(service, servicePort)
      exposed.relays.set(name, await TcpRelay.listen({ host, port, targets, connectMs: CONNECT_MS }))
    }
    if (isBalanced) await this.#publish(service, exposed.address)
  }

  async #withdraw(service: Service): Promise<void> {
    const exposed = this.#exposed.get(keyOf(service))
    if (exposed === undefined) return
    this.#exposed.delete(keyOf(service))
    for (const relay of exposed.relays.values()) relay.close()
    if (exposed.address !== '') await this.#network.removeAddress(exposed.address)
  }

  async #publish({ metadata, status }: Service, ip: string): Promise<void> {
    if (status?.loadBalancer?.ingress?.[0]?.ip === ip || this.#closed) return
    const path = `/api/v1/namespaces/${metadata.namespace}/services/${metadata.name}/status`
    const body = { status: { loadBalancer: { ingress: [{ ip }] } } }
    await this.#client.patch(path, body).catch((error) => {
      if (error.status === 404) return
      setTimeout(() => {
        const service = this.#services.find(metadata.namespace ?? '', metadata.name)
        if (service !== undefined) this.#then(() => this.#publish(service, ip))
      }, RETRY_MS).unref()
    })
  }

  #address(): string {
    this.#next += 1
    return `10.244.255.${this.#next}`
  }

  /** Ready ones in turn; those that finish and still serve where there is no other, as kube-proxy does. */
  #targets({ metadata }: Service, portName: string): readonly Target[] {
    const ready: Target[] = []
    const finishing: Target[] = []
    for (const { metadata: own, ports = [], endpoints } of this.#slices.objects) {
      if (own.namespace !== metadata.namespace) continue
      if (own.labels?.['kubernetes.io/service-name'] !== metadata.name) continue
      const port = ports.find(({ name }) => (name ?? '') === portName)?.port
      if (port === undefined) continue
      for (const { addresses, conditions } of endpoints ?? []) {
        const places = addresses.map((host) => ({ host, port }))
        if (conditions?.ready !== false) ready.push(...places)
        else if (conditions.serving === true && conditions.terminating === true) finishing.push(...places)
      }
    }
    return rotated(ready.length > 0 ? ready : finishing, this.#turn++)
  }
}

interface Listener {
  readonly host: string
  readonly port: number
  /** Name of the Service's port. */
  readonly servicePort: string
}

/** Where a Service is to be reached: its address, and its node ports on all nodes. */
function listeners({ spec }: Service, address: string): ReadonlyMap<string, Listener> {
  const ports = (spec.ports ?? []).filter(({ protocol = 'TCP' }) => protocol === 'TCP')
  const all = ports.flatMap(({ name = '', port, nodePort }) => [
    ...(address === '' ? [] : [{ host: address, port, servicePort: name }]),
    ...(nodePort === undefined ? [] : NODES.map((node) => ({ host: node.address, port: nodePort, servicePort: name }))),
  ])
  return new Map(all.map((each) => [`${each.host}:${each.port}/${each.servicePort}`, each]))
}

function rotated<T>(all: readonly T[], turn: number): readonly T[] {
  const first = all.length === 0 ? 0 : turn % all.length
  return [...all.slice(first), ...all.slice(0, first)]
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`
}
