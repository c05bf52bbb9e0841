/**
 * Sends requests in clear text to HTTPS. Whether the client came in clear text says X-Forwarded-Proto, which is ours or
 * that of a trusted proxy in front of us: one that ends TLS itself must not be sent in circles.
 */
import type { FilterSpec } from '../../model/filter.ts'
import type { Filter } from '../types.ts'

/** Method and body are to be repeated (RFC 9110 section 15.4.9). */
const STATUS = 308
/** Proof that a host belongs to whoever wants a certificate for it is asked for in clear text (RFC 8555 section 8.3). */
const CHALLENGES = '/.well-known/acme-challenge/'

export function httpsRedirect({ port }: Extract<FilterSpec, { kind: 'https-redirect' }>): Filter {
  const suffix = port === 443 ? '' : `:${port}`
  return {
    onRequest: (exchange) => {
      const { host, path, query } = exchange
      // Only HTTP/1.0 may name no host, and then there is no place to send it to.
      if (exchange.isSecure || host === '' || path.startsWith(CHALLENGES)) return undefined
      const target = path === '*' ? '/' : path
      return { status: STATUS, headers: [['Location', `https://${host}${suffix}${target}${query}`]] }
    },
  }
}
