/** The cluster as the translation sees it: questions and answers. Whoever implements it may note what was asked. */
import type { EndpointSlice } from '../api/kubernetes/endpoint-slice.ts'
import type { Ingress, IngressClass } from '../api/kubernetes/ingress.ts'
import type { Policy } from '../api/kubernetes/kinds.ts'
import { type Ref, refOf } from '../api/kubernetes/metadata.ts'
import type { Pod } from '../api/kubernetes/pod.ts'
import type { ConfigMap, Secret } from '../api/kubernetes/secret.ts'
import type { Service } from '../api/kubernetes/service.ts'

export interface View {
  /** Roots: all of them, in no particular order. */
  ingresses(): readonly Ingress[]
  ingressClasses(): readonly IngressClass[]
  /** Objects of our own group. */
  policies(): readonly Policy[]
  /** The rest is found by following references; `undefined` where there is no such object. */
  ingress(namespace: string, name: string): Ingress | undefined
  service(namespace: string, name: string): Service | undefined
  secret(namespace: string, name: string): Secret | undefined
  configMap(namespace: string, name: string): ConfigMap | undefined
  /** All slices of a Service, in no particular order; none where it has none. */
  slices(namespace: string, service: string): readonly EndpointSlice[]
  /**
   * A Pod, also one that has ended while a slice still names it. Its feeds are those of the slices that do.
   * @param uid where it is known: another Pod of that name is not the one.
   */
  pod(namespace: string, name: string, uid: string | undefined): Pod | undefined
  /** The zone that we are in, where endpoints on our node say it. */
  ownZone(): string | undefined
  /** What DNS says of the host of an ExternalName Service; `undefined` while nobody has asked it yet. */
  resolution(host: string): Resolution | undefined
  /** What to staple to a certificate, in base64; `undefined` where nothing is known. */
  staple(fingerprint: string): string | undefined
  /** The rollout of a policy; `undefined` while nobody has looked after it yet. */
  rollout(policy: string): RolloutFact | undefined
}

/** Whether an object is one of the roots: they matter whether anybody asks for them or not. */
export function isRoot(ref: Ref): boolean {
  return /^(Ingress|IngressClass|[^/]*\.[^/]*)\//.test(ref)
}

/** What is known of a host name: a fact that is looked up outside and comes in like an object. */
export interface Resolution {
  readonly host: string
  /** The last good answer; empty where there was none yet. */
  readonly addresses: readonly string[]
  /** Why the last lookup failed, where it did. */
  readonly failure?: string
}

/** What a responder says of a certificate (OCSP): asked for outside, and comes in like an object. */
export interface StapleFact {
  readonly fingerprint: string
  /** In base64; nothing where what was said holds no longer. */
  readonly response: string | undefined
}

/** Where a rollout stands: worked out beside, from what the workers count, and comes in like an object. */
export interface RolloutFact {
  /** `namespace/name` of its policy. */
  readonly policy: string
  readonly revision: string
  /** Percent of the clients that its variant has. */
  readonly weight: number
  /** How it ended, where it did. */
  readonly outcome?: { readonly phase: 'RolledBack' | 'Promoted'; readonly message: string }
}

/** Stands for the zone that we are in among what can be asked for. */
export const OWN_ZONE: Ref = refOf('Zone', '', 'own')

/** Where the endpoints of a cluster come from: when this changes, they do. */
export type Feed = Ref

/** The slices of a Service, all together. */
export function sliceFeed(namespace: string, service: string): Feed {
  return refOf('Slices', namespace, service)
}

/** Stands for what is stapled to a certificate among what can be asked for. */
export function stapleRef(fingerprint: string): Ref {
  return refOf('Staple', '', fingerprint)
}

export function resolutionFeed(host: string): Feed {
  return refOf('Resolution', '', host)
}
