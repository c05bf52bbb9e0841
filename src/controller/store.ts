/** What is known of the cluster: objects by reference, slices by Service, what DNS says; and a view of it. */
import { type EndpointSlice, SERVICE_NAME_LABEL } from './api/kubernetes/endpoint-slice.ts'
import type { Ingress, IngressClass } from './api/kubernetes/ingress.ts'
import { isConfig, isPolicy, type KubernetesObject, type Policy } from './api/kubernetes/kinds.ts'
import { type Ref, refOf } from './api/kubernetes/metadata.ts'
import type { Pod } from './api/kubernetes/pod.ts'
import { asksTheSame } from './api/kubernetes/same.ts'
import type { ConfigMap, Secret } from './api/kubernetes/secret.ts'
import type { Service } from './api/kubernetes/service.ts'
import { keepLastGood } from './api/policy/last-good.ts'
import { EndpointPods } from './endpoint-pods.ts'
import { OwnZone } from './own-zone.ts'
import {
  type Feed,
  isRoot,
  OWN_ZONE,
  type Resolution,
  type RolloutFact,
  resolutionFeed,
  type StapleFact,
  sliceFeed,
  stapleRef,
  type View,
} from './translate/view.ts'

export type { Resolution }

export interface Entry {
  readonly ref: Ref
  readonly object: KubernetesObject
}

export class Store {
  readonly #objects = new Map<Ref, KubernetesObject>()
  readonly #roots = new Map<Ref, KubernetesObject>()
  /** Lists are replaced, never changed: the same list holds the same slices, of Pods that are as they were. */
  readonly #slices = new Map<Feed, readonly EndpointSlice[]>()
  readonly #pods = new EndpointPods()
  readonly #ownZone: OwnZone
  readonly #resolutions = new Map<Feed, Resolution>()
  readonly #staples = new Map<string, string>()
  readonly #rollouts = new Map<string, RolloutFact>()

  /** @param node that we run on, where it is known. */
  constructor(node?: string) {
    this.#ownZone = new OwnZone(node)
  }

  /**
   * Puts and removes objects.
   * @returns what is not as it was: objects, and feeds of endpoints.
   */
  apply(upserts: readonly Entry[], removals: readonly Ref[]): ReadonlySet<Ref> {
    const touched = new Set<Ref>()
    for (const ref of removals) for (const each of this.#remove(ref)) touched.add(each)
    for (const entry of upserts) for (const each of this.#put(entry)) touched.add(each)
    return touched
  }

  /** Notes what DNS says of a host. @returns what is not as it was. */
  resolve(resolution: Resolution): ReadonlySet<Ref> {
    const feed = resolutionFeed(resolution.host)
    this.#resolutions.set(feed, resolution)
    return new Set([feed])
  }

  /** Notes what is to be stapled to a certificate. @returns what is not as it was. */
  staple({ fingerprint, response }: StapleFact): ReadonlySet<Ref> {
    if (response === undefined) this.#staples.delete(fingerprint)
    else this.#staples.set(fingerprint, response)
    return new Set([stapleRef(fingerprint)])
  }

  /** Notes where a rollout stands. */
  rollOut(fact: RolloutFact): void {
    this.#rollouts.set(fact.policy, fact)
  }

  /** Nobody looks after the rollout of this policy any more. */
  forgetRollout(policy: string): void {
    this.#rollouts.delete(policy)
  }

  /** Forgets hosts that nobody asks for any more. */
  keepResolutions(hosts: ReadonlySet<string>): void {
    for (const [feed, { host }] of this.#resolutions) if (!hosts.has(host)) this.#resolutions.delete(feed)
  }

  /** One object as it is now. */
  object(ref: Ref): KubernetesObject | undefined {
    return this.#objects.get(ref)
  }

  /** A view of how things are at any moment. */
  view(): View {
    return new ClusterView({
      objects: this.#objects,
      roots: this.#roots,
      slices: this.#slices,
      pods: this.#pods,
      resolutions: this.#resolutions,
      ownZone: this.#ownZone,
      staples: this.#staples,
      rollouts: this.#rollouts,
    })
  }

  /** References that change with an object: its own or, for a slice, that of the feed it belongs to. */
  #put({ ref, object: told }: Entry): Ref[] {
    const before = this.#objects.get(ref)
    const object = isConfig(told) ? keepLastGood(told, before && isConfig(before) ? before : undefined) : told
    const isNews = before === undefined || !asksTheSame(before, object)
    if (isNews && object.kind === 'EndpointSlice') this.#pods.add(object, feedOf(object))
    const touched = isNews ? this.#remove(ref) : []
    this.#objects.set(ref, object)
    if (isRoot(ref)) this.#roots.set(ref, object)
    if (!isNews) return []
    if (object.kind === 'Pod') return this.#renew(ref)
    if (object.kind !== 'EndpointSlice') return [ref]
    const feed = feedOf(object)
    this.#slices.set(feed, [...(this.#slices.get(feed) ?? NO_SLICES), object])
    return [...touched, feed, ...(this.#ownZone.note(object) ? [OWN_ZONE] : [])]
  }

  #remove(ref: Ref): Ref[] {
    const object = this.#objects.get(ref)
    if (object === undefined) return []
    this.#objects.delete(ref)
    this.#roots.delete(ref)
    if (object.kind === 'Pod') {
      this.#pods.gone(ref, object)
      return this.#renew(ref)
    }
    if (object.kind !== 'EndpointSlice') return [ref]
    const feed = feedOf(object)
    this.#pods.remove(object, feed)
    const left = (this.#slices.get(feed) ?? NO_SLICES).filter((slice) => slice !== object)
    if (left.length === 0) this.#slices.delete(feed)
    else this.#slices.set(feed, left)
    return [feed]
  }

  /** Something about a Pod changed: slices that name it are another list now. */
  #renew(pod: Ref): Ref[] {
    const feeds = this.#pods.feeds(pod)
    for (const feed of feeds) this.#slices.set(feed, [...(this.#slices.get(feed) ?? NO_SLICES)])
    return [...feeds]
  }
}

const NO_SLICES: readonly EndpointSlice[] = []

interface Known {
  readonly objects: ReadonlyMap<Ref, KubernetesObject>
  /** Those of which all count, few beside Pods and slices. */
  readonly roots: ReadonlyMap<Ref, KubernetesObject>
  readonly slices: ReadonlyMap<Feed, readonly EndpointSlice[]>
  readonly pods: EndpointPods
  readonly resolutions: ReadonlyMap<Feed, Resolution>
  readonly ownZone: OwnZone
  readonly staples: ReadonlyMap<string, string>
  readonly rollouts: ReadonlyMap<string, RolloutFact>
}

class ClusterView implements View {
  readonly #known: Known

  constructor(known: Known) {
    this.#known = known
  }

  ingresses(): readonly Ingress[] {
    return this.#all((object) => object.kind === 'Ingress')
  }

  ingressClasses(): readonly IngressClass[] {
    return this.#all((object) => object.kind === 'IngressClass')
  }

  policies(): readonly Policy[] {
    return this.#all(isPolicy)
  }

  ingress(namespace: string, name: string): Ingress | undefined {
    const object = this.#find(refOf('Ingress', namespace, name))
    return object?.kind === 'Ingress' ? object : undefined
  }

  service(namespace: string, name: string): Service | undefined {
    const object = this.#find(refOf('Service', namespace, name))
    return object?.kind === 'Service' ? object : undefined
  }

  secret(namespace: string, name: string): Secret | undefined {
    const object = this.#find(refOf('Secret', namespace, name))
    return object?.kind === 'Secret' ? object : undefined
  }

  configMap(namespace: string, name: string): ConfigMap | undefined {
    const object = this.#find(refOf('ConfigMap', namespace, name))
    return object?.kind === 'ConfigMap' ? object : undefined
  }

  slices(namespace: string, service: string): readonly EndpointSlice[] {
    return this.#known.slices.get(sliceFeed(namespace, service)) ?? NO_SLICES
  }

  pod(namespace: string, name: string, uid: string | undefined): Pod | undefined {
    const ref = refOf('Pod', namespace, name)
    const now = this.#known.objects.get(ref)
    const candidates = [now?.kind === 'Pod' ? now : undefined, this.#known.pods.ended(ref)]
    return candidates.find((pod) => pod !== undefined && (uid === undefined || pod.metadata.uid === uid))
  }

  ownZone(): string | undefined {
    return this.#known.ownZone.zone
  }

  resolution(host: string): Resolution | undefined {
    return this.#known.resolutions.get(resolutionFeed(host))
  }

  staple(fingerprint: string): string | undefined {
    return this.#known.staples.get(fingerprint)
  }

  rollout(policy: string): RolloutFact | undefined {
    return this.#known.rollouts.get(policy)
  }

  #find(ref: Ref): KubernetesObject | undefined {
    return this.#known.objects.get(ref)
  }

  #all<T extends KubernetesObject>(is: (object: KubernetesObject) => object is T): readonly T[] {
    return [...this.#known.roots.values()].filter(is)
  }
}

/** A slice without the label belongs to the Service with the empty name: to none. */
export function feedOf({ metadata }: EndpointSlice): Feed {
  return sliceFeed(metadata.namespace, metadata.labels.get(SERVICE_NAME_LABEL) ?? '')
}
