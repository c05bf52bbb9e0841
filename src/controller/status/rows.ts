/** What the API server calls the kinds that we write about. */
import { KINDS, plainKind } from '../api/kubernetes/kinds.ts'
import type { Ref } from '../api/kubernetes/metadata.ts'
import { RESOURCES, type ResourceRow } from '../source/kube/resources.ts'
import { OWN_STATUS, type WriteRow } from '../source/kube/writes.ts'

/** What an object is called in a reference to it. */
export interface ApiKind {
  readonly apiVersion: string
  readonly kind: string
}

/** @param kind as origins name it; `undefined` where it is no kind of the cluster, but a file or an option. */
export function apiKind(kind: string): ApiKind | undefined {
  const row = KINDS.find((each) => each.kind === kind)
  return row === undefined ? undefined : { apiVersion: row.apiVersion, kind: plainKind(kind) }
}

/** What of the status of an object is ours, as the API server takes it (server-side apply). */
export function appliedStatus(ref: Ref, status: object): object {
  const [kind = '', namespace = '', name = ''] = ref.split('/')
  return { ...apiKind(kind), metadata: { ...(namespace === '' ? {} : { namespace }), name }, status }
}

/** The row for the conditions on an object; `undefined` where it is of a kind that gets none. */
export function statusRow(ref: Ref): WriteRow | undefined {
  const [kind = ''] = ref.split('/')
  const read = RESOURCES.find((row: ResourceRow) => row.kind === kind)
  return OWN_STATUS.find((row) => row.resource === `${read?.plural}/status` && row.apiVersion === read?.apiVersion)
}
