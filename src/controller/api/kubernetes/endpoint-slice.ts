/** EndpointSlice, `discovery.k8s.io/v1`: a part of the addresses of one Service. */
import { flag, integer, listOf, object, optional, type Read, text } from '../../../lib/shape.ts'
import type { Identified } from './metadata.ts'

/** The label that says which Service of its namespace a slice belongs to. */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name'

/** A zone or a node whose clients an endpoint is meant for. */
const HINTS = listOf(object({ name: text }))

const ENDPOINT = object({
  addresses: listOf(text),
  conditions: optional(object({ ready: optional(flag), serving: optional(flag), terminating: optional(flag) })),
  zone: optional(text),
  nodeName: optional(text),
  hints: optional(object({ forZones: HINTS, forNodes: HINTS })),
  /** What the addresses are of. */
  targetRef: optional(
    object({ kind: optional(text), namespace: optional(text), name: optional(text), uid: optional(text) }),
  ),
})
export type SliceEndpoint = Read<typeof ENDPOINT>

const PORT = object({ name: optional(text), port: optional(integer), protocol: optional(text) })
export type SlicePort = Read<typeof PORT>

export const ENDPOINT_SLICE = object({ addressType: text, endpoints: listOf(ENDPOINT), ports: listOf(PORT) })
export type EndpointSlice = Identified & { readonly kind: 'EndpointSlice' } & Read<typeof ENDPOINT_SLICE>
