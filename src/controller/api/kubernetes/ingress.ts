/** Ingress and IngressClass, `networking.k8s.io/v1`. */
import { exactly, integer, listOf, object, optional, type Read, text } from '../../../lib/shape.ts'
import type { Identified } from './metadata.ts'

/** Older than `spec.ingressClassName`, and stronger. */
export const CLASS_ANNOTATION = 'kubernetes.io/ingress.class'

const BACKEND = exactly({
  service: optional(
    exactly({ name: text, port: optional(exactly({ name: optional(text), number: optional(integer) })) }),
  ),
  resource: optional(exactly({ apiGroup: optional(text), kind: text, name: text })),
})
export type IngressBackend = Read<typeof BACKEND>

const PATH = exactly({ path: optional(text), pathType: optional(text), backend: optional(BACKEND) })
export type IngressPath = Read<typeof PATH>

const RULE = exactly({ host: optional(text), http: optional(exactly({ paths: listOf(PATH) })) })
export type IngressRule = Read<typeof RULE>

const TLS = exactly({ hosts: listOf(text), secretName: optional(text) })
export type IngressTls = Read<typeof TLS>

/** Where clients reach it, as somebody (mostly ourselves) wrote it last. */
const STATUS = object({
  loadBalancer: optional(object({ ingress: listOf(object({ ip: optional(text), hostname: optional(text) })) })),
})

/** Every field of the specification is known here, so that a misspelt one (`hosts:` in a rule) is refused. */
export const INGRESS = object({
  status: optional(STATUS),
  spec: exactly({
    ingressClassName: optional(text),
    defaultBackend: optional(BACKEND),
    tls: listOf(TLS),
    rules: listOf(RULE),
  }),
})
export type Ingress = Identified & { readonly kind: 'Ingress' } & Read<typeof INGRESS>

const PARAMETERS = object({
  apiGroup: optional(text),
  kind: text,
  name: text,
  /** `Cluster` where it is absent. */
  scope: optional(text),
  namespace: optional(text),
})
export type ClassParameters = Read<typeof PARAMETERS>

export const INGRESS_CLASS = object({
  spec: optional(object({ controller: optional(text), parameters: optional(PARAMETERS) })),
})
export type IngressClass = Identified & { readonly kind: 'IngressClass' } & Read<typeof INGRESS_CLASS>
