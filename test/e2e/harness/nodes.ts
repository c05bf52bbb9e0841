/** The nodes of the cluster: objects with an address each, kept alive. */
import { type ApiClient, ApiError, type KubeObject } from './api-client.ts'
import { now } from './container.ts'
import { NODE_CAPACITY } from './container-variables.ts'
import type { Network } from './network.ts'

const RENEW_MS = 10_000
/** Where the API server asks for logs. */
export const KUBELET_PORT = 10250
const LEASE_SECONDS = 40
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'

export interface NodeSpec {
  readonly name: string
  readonly zone: string
  readonly address: string
}

/** Two zones, since that is what topology is about. */
export const NODES: readonly NodeSpec[] = [
  { name: 'node-a', zone: 'zone-a', address: '10.244.254.1' },
  { name: 'node-b', zone: 'zone-b', address: '10.244.254.2' },
  { name: 'node-c', zone: 'zone-a', address: '10.244.254.3' },
]

export class Nodes {
  readonly #client: ApiClient
  readonly #timer: NodeJS.Timeout

  static async register(client: ApiClient, network: Network): Promise<Nodes> {
    for (const node of NODES) {
      await network.addAddress(node.address)
      await client.create('/api/v1/nodes', objectOf(node))
      await client.patch(`/api/v1/nodes/${node.name}/status`, { status: statusOf(node) })
    }
    const nodes = new Nodes(client)
    await nodes.#renew()
    return nodes
  }

  private constructor(client: ApiClient) {
    this.#client = client
    // What cannot be said now is said the next time.
    this.#timer = setInterval(() => void this.#renew().catch(() => {}), RENEW_MS)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #renew(): Promise<void> {
    for (const { name } of NODES) {
      const renewTime = new Date().toISOString().replace('Z', '000Z')
      const spec = { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime }
      await this.#client.patch(`${LEASES}/${name}`, { spec }).catch(async (error) => {
        if (!(error instanceof ApiError) || error.status !== 404) throw error
        await this.#client.create(LEASES, { metadata: { name }, spec })
      })
    }
  }
}

function objectOf({ name, zone }: NodeSpec): KubeObject {
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': process.arch === 'x64' ? 'amd64' : process.arch,
    'topology.kubernetes.io/zone': zone,
    'topology.kubernetes.io/region': 'e2e',
  }
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } }
}

function statusOf({ name, address }: NodeSpec): object {
  const capacity = { ...NODE_CAPACITY, pods: '110' }
  const since = { lastHeartbeatTime: now(), lastTransitionTime: now() }
  return {
    capacity,
    allocatable: capacity,
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: KUBELET_PORT } },
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'ready', ...since }],
  }
}
