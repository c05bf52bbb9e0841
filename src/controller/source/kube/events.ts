/** One event of a watch, as JSON has it and as we want it. */
import { isObject } from '../../../lib/shape.ts'
import type { Ref } from '../../api/kubernetes/metadata.ts'
import { apiError, Garbled } from './errors.ts'
import { identify } from './known.ts'
import type { RawObject } from './trim.ts'

/** `version` is the point in time after it. */
export type WatchEvent =
  | { readonly type: 'put' | 'gone'; readonly ref: Ref; readonly version: string; readonly raw: RawObject }
  | { readonly type: 'bookmark'; readonly version: string }

/** @throws ApiError where the event is how the server ends the watch, Garbled where it is none that we know. */
export function readEvent(kind: string, event: unknown): WatchEvent {
  const { type, object } = isObject(event) ? event : {}
  if (type === 'ERROR') throw apiError(codeOf(object), object)
  if (type === 'BOOKMARK') return { type: 'bookmark', version: versionOf(object) }
  if (type === 'DELETED') return { type: 'gone', ...identify(kind, object) }
  if (type === 'ADDED' || type === 'MODIFIED') return { type: 'put', ...identify(kind, object) }
  throw new Garbled('the API server sent an event of an unknown type')
}

function codeOf(status: unknown): number {
  return isObject(status) && typeof status.code === 'number' ? status.code : 500
}

function versionOf(object: unknown): string {
  const metadata = isObject(object) && isObject(object.metadata) ? object.metadata : {}
  if (typeof metadata.resourceVersion !== 'string') throw new Garbled('the API server sent a bookmark without version')
  return metadata.resourceVersion
}
