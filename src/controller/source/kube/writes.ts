/**
 * THE table of what we write to a cluster. The chart's RBAC comes from it and from the table of what is read, so that
 * nothing is granted that the code does not use.
 */

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

export const WRITES: readonly WriteRow[] = [INGRESS_STATUS, EVENTS, LEASES]
