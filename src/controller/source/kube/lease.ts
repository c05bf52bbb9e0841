/** A Lease of `coordination.k8s.io/v1` as it is read and written. */
import { integer, object, optional, type Read, readShape, text } from '../../../lib/shape.ts'
import { microTime } from '../../api/kubernetes/time.ts'
import { Garbled } from './errors.ts'
import type { RawObject } from './trim.ts'

const LEASE = object({
  metadata: object({ resourceVersion: text }),
  spec: optional(
    object({
      /** Empty or absent: nobody holds it. */
      holderIdentity: optional(text),
      leaseDurationSeconds: optional(integer),
      acquireTime: optional(text),
      leaseTransitions: optional(integer),
    }),
  ),
})

export interface Lease {
  readonly version: string
  readonly spec: NonNullable<Read<typeof LEASE>['spec']>
  /** All of it: what others wrote on it stays when it is replaced. */
  readonly raw: RawObject
}

/** Who takes it, and when. */
export interface Holder {
  readonly identity: string
  readonly seconds: number
  /** Wall-clock milliseconds: only for people who look at it. */
  readonly wall: number
}

/** @throws Garbled where it is no Lease. */
export function readLease(raw: unknown): Lease {
  const read = readShape(LEASE, raw, 'ignore')
  if ('complaints' in read) throw new Garbled('the API server sent a Lease that cannot be read')
  return { version: read.value.metadata.resourceVersion, spec: read.value.spec ?? {}, raw: raw as RawObject }
}

export function newLease(metadata: { readonly namespace: string; readonly name: string }, holder: Holder): object {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: heldBy(holder, {}) }
}

/** The same Lease, held from now on or still; its resourceVersion makes sure that nobody else was faster. */
export function takenLease({ raw, spec }: Lease, holder: Holder): object {
  return { ...raw, spec: heldBy(holder, spec) }
}

/** The same Lease, held by nobody. */
export function freedLease({ raw, spec }: Lease): object {
  return { ...raw, spec: { ...spec, holderIdentity: '' } }
}

function heldBy({ identity, seconds, wall }: Holder, before: Lease['spec']): object {
  const isSame = before.holderIdentity === identity
  const now = microTime(wall)
  return {
    holderIdentity: identity,
    leaseDurationSeconds: seconds,
    acquireTime: isSame ? (before.acquireTime ?? now) : now,
    renewTime: now,
    leaseTransitions: (before.leaseTransitions ?? 0) + (isSame ? 0 : 1),
  }
}
