/**
 * Trailers that may be handed on (RFC 9110 section 6.5.1). What decides about framing, routing, authentication or
 * the meaning of the body has to come before the body, where everybody checks it, or not at all.
 */
import { markFields } from '../field-names.ts'
import type { HeaderList } from '../headers.ts'

const FORBIDDEN = markFields(
  'underscored',
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'keep-alive',
  'proxy-connection',
  'expect',
  'proxy',
  'http2-settings',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-scheme',
  'x-forwarded-ssl',
  'x-forwarded-server',
  'x-forwarded-prefix',
  'x-real-ip',
  'x-request-id',
  'forwarded',
  'max-forwards',
  'date',
  'content-type',
  'content-encoding',
  'content-range',
  'content-location',
  'set-cookie',
  'cookie',
  'authorization',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'location',
  'cache-control',
  'range',
  'age',
  'retry-after',
  'warning',
  'vary',
)

/** Without the forbidden ones; undefined where nothing is left. Changes the list it is given. */
export function forwardableTrailers(trailers: HeaderList | undefined): HeaderList | undefined {
  if (trailers === undefined) return undefined
  trailers.deleteMarked(FORBIDDEN)
  return trailers.size > 0 ? trailers : undefined
}
