/** Options of what is spoken with endpoints, and how it is encrypted. They only make sense for a single Service. */
import { boolean, type Leaves, object, oneOf, optional, text } from '../../lib/schema.ts'

/** What a Secret or a ConfigMap may be called (RFC 1123). */
const OBJECT_NAME = text(/[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/, 'the name of an object of the same namespace', 253)

const HOST_NAME = text(/[a-z0-9_]([-a-z0-9_.]{0,251}[a-z0-9])?/, 'a host name in lower case', 253)

const TLS = object({
  verify: optional(
    boolean(),
    'Take only certificates of an authority that is trusted, for the server name. True unless said otherwise where an authority is named here and for ExternalName Services; false for others.',
  ),
  caSecret: optional(OBJECT_NAME, 'Secret with the authorities that are trusted, as PEM in ca.crt, and no others.'),
  caConfigMap: optional(OBJECT_NAME, 'The same in a ConfigMap.'),
  serverName: optional(
    HOST_NAME,
    'Name that is asked for (SNI) and that certificates are verified for; SERVICE.NAMESPACE.svc without it, or the external name.',
  ),
  clientSecret: optional(OBJECT_NAME, 'Secret (kubernetes.io/tls) with the certificate that is shown to endpoints.'),
})

export const LINK_OPTIONS = {
  protocol: optional(
    oneOf('HTTP', 'HTTPS', 'H2C', 'H2', 'GRPC', 'GRPCS', 'ALPN'),
    'What is spoken with endpoints, whatever appProtocol of the Service says. HTTP: HTTP/1.1 and WebSocket. H2C or GRPC: HTTP/2. HTTPS, H2 or GRPCS: the same by TLS. ALPN: by TLS what the endpoint agrees to, HTTP/2 rather than HTTP/1.1.',
  ),
  tls: optional(TLS, 'Connections to endpoints by TLS.'),
  proxyProtocol: optional(
    oneOf('off', 'v1', 'v2'),
    'Tell endpoints by the PROXY protocol who the client is, at the beginning of each connection. A connection then serves one client alone.',
  ),
}

export type LinkValues = Leaves<typeof LINK_OPTIONS>
export type BackendProtocol = LinkValues['protocol']

/** What `appProtocol` of a Service may say (KEP-3726, IANA), in lower case. */
export const APP_PROTOCOLS: Readonly<Record<string, BackendProtocol>> = {
  http: 'HTTP',
  'kubernetes.io/ws': 'HTTP',
  https: 'HTTPS',
  'kubernetes.io/wss': 'HTTPS',
  'kubernetes.io/h2c': 'H2C',
  h2c: 'H2C',
  grpc: 'GRPC',
  grpcs: 'GRPCS',
}
