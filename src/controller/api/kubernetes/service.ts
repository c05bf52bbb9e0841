/** Service, `v1`: the fields that say where its traffic goes. */
import { integer, integerOrText, listOf, object, optional, type Read, text } from '../../../lib/shape.ts'
import type { Identified } from './metadata.ts'

const PORT = object({
  name: optional(text),
  port: integer,
  protocol: optional(text),
  targetPort: optional(integerOrText),
  appProtocol: optional(text),
})
export type ServicePort = Read<typeof PORT>

export const SERVICE = object({
  spec: object({
    type: optional(text),
    externalName: optional(text),
    /** The first one is the primary. */
    ipFamilies: listOf(text),
    ports: listOf(PORT),
    /** Which endpoints its clients would rather have. */
    trafficDistribution: optional(text),
  }),
})
export type Service = Identified & { readonly kind: 'Service' } & Read<typeof SERVICE>
