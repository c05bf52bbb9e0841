/**
 * THE table of our own annotations on an Ingress: each row is a second spelling of an option of the RoutePolicy, which
 * has the parser, the default and the sentence for the documentation.
 */
import type { RoutePath } from '../route-policy.ts'

export const SLUICE_PREFIX = 'sluice.dev/'

/** By the name after the prefix. */
export const SLUICE_ANNOTATIONS: Readonly<Record<string, RoutePath>> = {
  'connect-timeout': 'timeouts.connect',
  'response-timeout': 'timeouts.response',
  'request-timeout': 'timeouts.request',
  priority: 'priority',
  'retry-attempts': 'retry.attempts',
  'retry-attempt-timeout': 'retry.attemptTimeout',
  'retry-on-status': 'retry.onStatus',
  'retry-any-method': 'retry.anyMethod',
  'retry-body-buffer': 'retry.bodyBuffer',
  'max-body-size': 'maxBodySize',
  'ssl-redirect': 'https.redirect',
  hsts: 'https.hsts.enabled',
  'hsts-max-age': 'https.hsts.maxAgeSeconds',
  'hsts-include-subdomains': 'https.hsts.includeSubdomains',
  'hsts-preload': 'https.hsts.preload',
  compression: 'compression.enabled',
  'compression-codings': 'compression.codings',
  'compression-types': 'compression.types',
  'compression-min-size': 'compression.minSize',
  'tls-versions': 'tls.versions',
  'tls-ciphers': 'tls.ciphers',
  'tls-curves': 'tls.curves',
  'client-certificates': 'clientCertificates.mode',
  'client-certificates-secret': 'clientCertificates.secret',
  'client-certificates-max-intermediates': 'clientCertificates.maxIntermediates',
  'client-certificates-subject': 'clientCertificates.subject',
  'client-certificates-names': 'clientCertificates.names',
  'client-certificates-forward': 'clientCertificates.forward',
  'ssl-passthrough': 'passthrough.enabled',
  'ssl-passthrough-proxy-protocol': 'passthrough.proxyProtocol',
}
