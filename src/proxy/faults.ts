/**
 * Everything that can go wrong with a request is a row here: what the client sees, whether another attempt is
 * safe, whether it counts against the endpoint. Retry, outlier counting, access log, metrics and tests read the row.
 *
 * `retry`: `always` where nothing of the request was sent; `idempotent` where the endpoint may have acted on it
 * (RFC 9110 section 9.2.2 forbids a proxy to repeat other methods); `never` otherwise.
 */
import { CLIENT_FAULTS } from './client-faults.ts'
import type { FaultRow } from './fault-row.ts'

/** Nothing of the request was sent, or only a head whose body never followed, or the endpoint says that it did not look. */
const UNSENT = { origin: 'upstream', status: 502, retry: 'always', blame: true } as const

export const FAULTS = {
  ...CLIENT_FAULTS,
  'no-route': {
    origin: 'proxy',
    status: 404,
    retry: 'never',
    blame: false,
    text: 'No route matches this host and path.',
  },
  'rate-limited': { origin: 'proxy', status: 429, retry: 'never', blame: false, text: 'Too many requests.' },
  'no-endpoint': { origin: 'proxy', status: 503, retry: 'never', blame: false, text: 'No endpoint is ready.' },
  overloaded: {
    origin: 'proxy',
    status: 503,
    retry: 'never',
    blame: false,
    text: 'The proxy has more to do than it can.',
    retryAfterS: 1,
  },
  'service-overloaded': {
    origin: 'proxy',
    status: 503,
    retry: 'never',
    blame: false,
    text: 'The service has more to do than it may.',
    retryAfterS: 1,
  },
  'queue-timeout': {
    origin: 'proxy',
    status: 503,
    retry: 'never',
    blame: false,
    text: 'The service had no room for the request in time.',
    retryAfterS: 1,
  },
  'filter-failed': { origin: 'proxy', status: 500, retry: 'never', blame: false, text: 'The proxy has failed.' },
  'route-broken': { origin: 'proxy', status: 503, retry: 'never', blame: false, text: 'This route is misconfigured.' },
  'request-timeout': { origin: 'proxy', status: 504, retry: 'never', blame: false, text: 'The request took too long.' },
  'shutting-down': { origin: 'proxy', status: 503, retry: 'never', blame: false, text: 'The proxy is shutting down.' },
  'endpoint-leaving': {
    origin: 'proxy',
    status: 503,
    retry: 'never',
    blame: false,
    text: 'The endpoint is being shut down.',
  },
  'connect-refused': { ...UNSENT, text: 'The endpoint refused the connection.' },
  'connect-timeout': { ...UNSENT, status: 504, text: 'The endpoint did not answer the connection in time.' },
  'connect-failed': { ...UNSENT, text: 'The endpoint could not be reached.' },
  'tls-handshake': { ...UNSENT, text: 'The endpoint agreed on no encrypted connection.' },
  'tls-untrusted': { ...UNSENT, text: 'The certificate of the endpoint comes from nobody who is trusted.' },
  'tls-wrong-name': { ...UNSENT, text: 'The certificate of the endpoint is for another name.' },
  'tls-expired': { ...UNSENT, text: 'The certificate of the endpoint is not valid at this time.' },
  'no-http2': { ...UNSENT, text: 'The endpoint agreed on another version of HTTP.' },
  'stream-refused': { ...UNSENT, blame: false, text: 'The endpoint did not look at the request.' },
  'no-stream': { ...UNSENT, status: 504, text: 'The endpoint took no more requests in time.' },
  'upstream-reset-before-response': {
    origin: 'upstream',
    status: 502,
    retry: 'idempotent',
    blame: true,
    text: 'The endpoint closed the connection before it answered.',
  },
  'upstream-closed-unasked': { ...UNSENT, text: 'The endpoint closed the connection before it asked for the body.' },
  'expectation-refused': { ...UNSENT, blame: false, text: 'The endpoint wants no body that waits to be asked for.' },
  'attempt-timeout': {
    origin: 'upstream',
    status: 504,
    retry: 'idempotent',
    blame: true,
    text: 'The endpoint did not begin its answer in time.',
  },
  'upstream-reset-in-response': {
    origin: 'upstream',
    status: 502,
    retry: 'never',
    blame: true,
    text: 'The endpoint broke off its answer.',
  },
  'upstream-invalid': {
    origin: 'upstream',
    status: 502,
    retry: 'never',
    blame: true,
    text: 'The answer of the endpoint is malformed.',
  },
  'upstream-timeout': {
    origin: 'upstream',
    status: 504,
    retry: 'never',
    blame: true,
    text: 'The endpoint did not answer in time.',
  },
} as const satisfies Record<string, FaultRow>

export type FaultCode = keyof typeof FAULTS

/** Methods that may be repeated without harm (RFC 9110 section 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])

/** Whether it may be lost with its connection: its method forbids to send it again, or its body may be gone by then. */
export function isPrecious({ method, hasBody }: { readonly method: string; readonly hasBody: boolean }): boolean {
  return hasBody || !isIdempotent(method)
}

export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method)
}

/**
 * Whether another attempt is safe after this fault; whether one is left is for the caller to know.
 * @param repeatable whether the request may be acted on twice: its method says so, or its route.
 */
export function mayRetry(code: FaultCode, repeatable: boolean): boolean {
  const { retry } = FAULTS[code]
  return retry === 'always' || (retry === 'idempotent' && repeatable)
}
