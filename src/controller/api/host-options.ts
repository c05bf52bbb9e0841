/** What can be asked for the hosts of one Ingress, by a RoutePolicy or an annotation: no default holds for others. */
import { boolean, integer, type Leaves, list, object, oneOf, optional, text } from '../../lib/schema.ts'

const SECRET = text(/([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?/, 'the name of a Secret', 253)
const PATTERN = text(/[!-~]([ -~]*[!-~])?/, 'a text in ASCII, in which * stands for any text')

export const HOST_OPTIONS = {
  clientCertificates: optional(
    object({
      mode: optional(
        oneOf('off', 'required', 'optional', 'unverified'),
        'required: a client without a certificate that is verified gets 400. optional: one without any is served, too. unverified: whatever it shows, for the backend to judge.',
      ),
      secret: optional(
        SECRET,
        'Secret of the namespace of the Ingress: ca.crt, who vouches for clients; ca.crl, what they have revoked, if there.',
      ),
      maxIntermediates: optional(
        integer(0, 16),
        'Most certificates between that of the client and one of ca.crt that vouches for itself.',
      ),
      subject: optional(
        PATTERN,
        'What the subject has to be, as in CN=shop-*,O=example; * stands for any text. Others get 403.',
      ),
      names: optional(
        list(PATTERN),
        'Names of which the certificate has to have one (subjectAltName: DNS, URI, e-mail or IP address), as in *.clients.example.com. Others get 403.',
      ),
      forward: optional(boolean(), 'Send the certificate to backends, as URL-encoded PEM in ssl-client-cert.'),
    }),
    'Certificates of clients, on the hosts of spec.tls. Of several Ingresses for one host, the oldest decides.',
  ),
  passthrough: optional(
    object({
      enabled: optional(
        boolean(),
        'Pass TLS through to the Service of the path /, as it is. Nothing else holds for the hosts then but their redirect.',
      ),
      proxyProtocol: optional(
        oneOf('off', 'v1', 'v2'),
        'Tell endpoints of the client by the PROXY protocol, before its first byte.',
      ),
    }),
    'TLS that is ended by endpoints, for the hosts of the rules.',
  ),
}

export type HostValues = Leaves<typeof HOST_OPTIONS>

export const DEFAULT_HOST_VALUES: HostValues = {
  'clientCertificates.mode': 'off',
  'clientCertificates.secret': '',
  'clientCertificates.maxIntermediates': 1,
  'clientCertificates.subject': '*',
  'clientCertificates.names': [],
  'clientCertificates.forward': false,
  'passthrough.enabled': false,
  'passthrough.proxyProtocol': 'off',
}
