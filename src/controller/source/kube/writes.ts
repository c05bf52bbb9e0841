/**
 * THE table of what we write to a cluster. The chart's RBAC comes from it and from the table of what is read, so that
 * nothing is granted that the code does not use.
 */
import { OWN_VERSION } from '../../api/kubernetes/kinds.ts'
import { groupPath } from './resources.ts'

export type WriteVerb = 'get' | 'create' | 'update' | 'patch'

export interface WriteRow {
  readonly apiVersion: string
  /** With its subresource, as RBAC spells it: `ingresses/status`. */
  readonly resource: string
  readonly verbs: readonly WriteVerb[]
  /** Beside the objects it is about, wherever we read them, or only in the namespace that we run in. */
  readonly where: 'watched' | 'own-namespace'
  /** What it is written for. */
  readonly why: string
}

export const INGRESS_STATUS = {
  apiVersion: 'networking.k8s.io/v1',
  resource: 'ingresses/status',
  verbs: ['patch'],
  where: 'watched',
  why: 'addresses at which an Ingress is served',
} as const satisfies WriteRow

/** Conditions on our own kinds: what became of each object. */
const CONDITIONS = { apiVersion: OWN_VERSION, verbs: ['patch'], where: 'watched' } as const

export const OWN_STATUS = [
  { ...CONDITIONS, resource: 'sluiceconfigs/status', why: 'whether a configuration is accepted and in effect' },
  { ...CONDITIONS, resource: 'routepolicies/status', why: 'whether a policy for routes is accepted and in effect' },
  { ...CONDITIONS, resource: 'backendpolicies/status', why: 'whether a policy for backends is accepted and in effect' },
  { ...CONDITIONS, resource: 'ratelimitpolicies/status', why: 'whether rate limits are accepted and in effect' },
  { ...CONDITIONS, resource: 'canarypolicies/status', why: 'whether a canary is accepted and in effect' },
] as const satisfies readonly WriteRow[]

export const EVENTS = {
  apiVersion: 'events.k8s.io/v1',
  resource: 'events',
  verbs: ['create', 'patch'],
  where: 'watched',
  why: 'what is wrong with an object, told on the object',
} as const satisfies WriteRow

export const LEASES = {
  apiVersion: 'coordination.k8s.io/v1',
  resource: 'leases',
  verbs: ['get', 'create', 'update'],
  where: 'own-namespace',
  why: 'one replica writes for all',
} as const satisfies WriteRow

export const WRITES: readonly WriteRow[] = [INGRESS_STATUS, ...OWN_STATUS, EVENTS, LEASES]

/** Path of the objects that a row writes, in a namespace or, where that is empty, of the cluster. */
export function writePath({ apiVersion, resource }: WriteRow, namespace: string): string {
  const [plural = ''] = resource.split('/')
  const scope = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  return `${groupPath({ apiVersion })}${scope}/${plural}`
}

/** Path of the status of one object. */
export function statusPath(row: WriteRow, namespace: string, name: string): string {
  return `${writePath(row, namespace)}/${encodeURIComponent(name)}/status`
}
