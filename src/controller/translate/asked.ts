/**
 * What was asked of the cluster, and for whom: a change that nobody asked about is no reason to do anything, and of one
 * that matters it is known what has to be done again. That something was missing is remembered too: its arrival must
 * wake us.
 */
import { Relation } from '../../lib/relation.ts'
import type { EndpointSlice } from '../api/kubernetes/endpoint-slice.ts'
import type { Ingress, IngressClass } from '../api/kubernetes/ingress.ts'
import type { Policy } from '../api/kubernetes/kinds.ts'
import { type Ref, refOf } from '../api/kubernetes/metadata.ts'
import type { Pod } from '../api/kubernetes/pod.ts'
import type { ConfigMap, Secret } from '../api/kubernetes/secret.ts'
import type { Service } from '../api/kubernetes/service.ts'
import { OWN_ZONE, type Resolution, type RolloutFact, resolutionFeed, sliceFeed, stapleRef, type View } from './view.ts'

/** An Ingress by its reference, or another part of the translation by its name. */
export type Asker = Ref | 'policies' | 'operator' | 'layer4' | 'clusters'

export class Asked {
  readonly #refs = new Relation<Asker, Ref>()
  readonly #names = new Set<Ref>()
  /** A copy of them, made when somebody looks after some came or went: one for each asker is too many. */
  #byName: ReadonlySet<Ref> | undefined

  /** What of it a source may read one by one, by its name; the same set as before where none came or went. */
  get byName(): ReadonlySet<Ref> {
    this.#byName ??= new Set(this.#names)
    return this.#byName
  }

  has(ref: Ref): boolean {
    return this.#refs.has(ref)
  }

  /** For whom it was asked. */
  askers(ref: Ref): Iterable<Asker> {
    return this.#refs.sources(ref)
  }

  /** For this one just these were asked; nothing where there are none. */
  note(asker: Asker, refs: Iterable<Ref>): void {
    const { came, gone } = this.#refs.set(asker, [...refs])
    const [newNames, oldNames] = [came.filter(isReadByName), gone.filter(isReadByName)]
    if (newNames.length + oldNames.length === 0) return
    for (const ref of newNames) this.#names.add(ref)
    for (const ref of oldNames) this.#names.delete(ref)
    this.#byName = undefined
  }
}

function isReadByName(ref: Ref): boolean {
  return ref.startsWith('Secret/') || ref.startsWith('ConfigMap/')
}

/** A view that remembers by name what it was asked for. */
export class NotingView implements View {
  readonly asked = new Set<Ref>()
  readonly #view: View

  constructor(view: View) {
    this.#view = view
  }

  ingresses(): readonly Ingress[] {
    return this.#view.ingresses()
  }

  ingressClasses(): readonly IngressClass[] {
    return this.#view.ingressClasses()
  }

  policies(): readonly Policy[] {
    return this.#view.policies()
  }

  ingress(namespace: string, name: string): Ingress | undefined {
    this.asked.add(refOf('Ingress', namespace, name))
    return this.#view.ingress(namespace, name)
  }

  service(namespace: string, name: string): Service | undefined {
    this.asked.add(refOf('Service', namespace, name))
    return this.#view.service(namespace, name)
  }

  secret(namespace: string, name: string): Secret | undefined {
    this.asked.add(refOf('Secret', namespace, name))
    return this.#view.secret(namespace, name)
  }

  configMap(namespace: string, name: string): ConfigMap | undefined {
    this.asked.add(refOf('ConfigMap', namespace, name))
    return this.#view.configMap(namespace, name)
  }

  slices(namespace: string, service: string): readonly EndpointSlice[] {
    this.asked.add(sliceFeed(namespace, service))
    return this.#view.slices(namespace, service)
  }

  /** Its feeds are those of the slices that name it: they are what was asked for. */
  pod(namespace: string, name: string, uid: string | undefined): Pod | undefined {
    return this.#view.pod(namespace, name, uid)
  }

  ownZone(): string | undefined {
    this.asked.add(OWN_ZONE)
    return this.#view.ownZone()
  }

  resolution(host: string): Resolution | undefined {
    this.asked.add(resolutionFeed(host))
    return this.#view.resolution(host)
  }

  staple(fingerprint: string): string | undefined {
    this.asked.add(stapleRef(fingerprint))
    return this.#view.staple(fingerprint)
  }

  /** Comes in beside: whoever brings it says that all is to be put together again. */
  rollout(policy: string): RolloutFact | undefined {
    return this.#view.rollout(policy)
  }
}
