/**
 * The addresses of the nodes that our Pods are ready on: where clients reach Pods that listen on their hosts. Ours are
 * the Pods with our own labels, those apart that tell replicas and revisions from each other.
 */
import type { Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import { listOf, mapOf, object, optional, type Read, readShape, text } from '../../lib/shape.ts'
import { type Ref, refOf } from '../api/kubernetes/metadata.ts'
import type { KubeClient } from '../source/kube/client.ts'
import type { Change } from '../source/kube/known.ts'
import type { KubeLog } from '../source/kube/kube.ts'
import { type Health, Reflector } from '../source/kube/reflector.ts'
import { OWN_PODS } from '../source/kube/resources.ts'
import type { AddressSource } from './address-source.ts'
import { inOrder, type PublishedAddress, publishedAddress, sameAddresses } from './addresses.ts'

/** Labels that Deployments, DaemonSets and StatefulSets set on each Pod, or on each revision. */
const TELLING_APART = new Set([
  'pod-template-hash',
  'controller-revision-hash',
  'pod-template-generation',
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
])
/** Where its node is: since Kubernetes 1.35 the API server says so on each Pod. */
const TOPOLOGY = 'topology.kubernetes.io/'

const POD = object({
  metadata: object({ labels: mapOf(text), deletionTimestamp: optional(text) }),
  status: object({
    hostIP: optional(text),
    /** One of each family; the first one is the above. */
    hostIPs: listOf(object({ ip: text })),
    conditions: listOf(object({ type: text, status: text })),
  }),
})
type Pod = Read<typeof POD>

export interface OwnNodesInit {
  readonly namespace: string
  readonly podName: string
  readonly client: KubeClient
  readonly clock: Clock
  readonly random: Random
  readonly log: KubeLog
}

export class OwnNodes implements AddressSource {
  readonly #init: OwnNodesInit
  readonly #reflector: Reflector
  readonly #pods = new Map<Ref, Pod>()
  #current: readonly PublishedAddress[] | undefined
  #changed = () => {}
  #said = false

  constructor(init: OwnNodesInit) {
    this.#init = init
    this.#reflector = new Reflector({
      ...init,
      row: OWN_PODS,
      onChange: (change) => this.#take(change),
      onHealth: (health) => this.#judge(health),
      onDefect: (error) => init.log.error({ err: error }, 'a change of our own Pods could not be taken in'),
    })
  }

  get current(): readonly PublishedAddress[] | undefined {
    return this.#current
  }

  start(changed: () => void): void {
    this.#changed = changed
    void this.#reflector.start()
  }

  stop(): void {
    this.#reflector.stop()
  }

  #take({ upserts, removals }: Change): void {
    for (const ref of removals) this.#pods.delete(ref)
    for (const { ref, object: raw } of upserts) {
      const read = readShape(POD, raw, 'ignore')
      if ('value' in read) this.#pods.set(ref, read.value)
    }
    const found = this.#nodes()
    // While none of us is ready, what was written last is as good as anything.
    if (found.length === 0 || sameAddresses(found, this.#current ?? [])) return
    this.#current = found
    this.#changed()
  }

  #nodes(): readonly PublishedAddress[] {
    const { namespace, podName } = this.#init
    const own = this.#pods.get(refOf('Pod', namespace, podName))
    if (own === undefined) return []
    const labels = [...own.metadata.labels].filter(([name]) => !TELLING_APART.has(name) && !name.startsWith(TOPOLOGY))
    const ours = [...this.#pods.values()].filter(
      ({ metadata }) =>
        metadata.deletionTimestamp === undefined &&
        labels.every(([name, value]) => metadata.labels.get(name) === value),
    )
    const ready = ours.filter(({ status }) =>
      status.conditions.some((each) => each.type === 'Ready' && each.status === 'True'),
    )
    return inOrder(ready.flatMap(({ status }) => addressesOf(status).map(publishedAddress)))
  }

  #judge({ condition, failure }: Health): void {
    if (condition === 'live') this.#said = false
    if (condition !== 'forbidden' || this.#said) return
    this.#said = true
    const { namespace, log } = this.#init
    log.warn({ namespace, reason: failure }, 'our own Pods cannot be read: the addresses of Ingresses stay as they are')
  }
}

function addressesOf({ hostIP, hostIPs }: Pod['status']): readonly string[] {
  return hostIPs.length > 0 ? hostIPs.map(({ ip }) => ip) : hostIP === undefined ? [] : [hostIP]
}
