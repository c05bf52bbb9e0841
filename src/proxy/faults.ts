/**
 * Everything that can go wrong with a request is a row here: what the client sees, whether another attempt is
 * safe, whether it counts against the endpoint. Retry, outlier counting, access log, metrics and tests read the row.
 *
 * `retry`: `always` where nothing of the request was sent; `idempotent` where the endpoint may have acted on it
 * (RFC 9110 section 9.2.2 forbids a proxy to repeat other methods); `never` otherwise.
 */
export interface FaultRow {
  readonly origin: 'downstream' | 'upstream' | 'proxy'
  /** Status for the client; 0 where nobody is there to read one. */
  readonly status: number
  readonly retry: 'always' | 'idempotent' | 'never'
  readonly blame: boolean
  /** One sentence for the client; never names an endpoint. */
  readonly text: string
}

export const FAULTS = {
  'bad-request-line': {
    origin: 'downstream',
    status: 400,
    retry: 'never',
    blame: false,
    text: 'The request line is malformed.',
  },
  'bad-version': {
    origin: 'downstream',
    status: 505,
    retry: 'never',
    blame: false,
    text: 'This HTTP version is not served.',
  },
  'bad-method': { origin: 'downstream', status: 501, retry: 'never', blame: false, text: 'This method is not served.' },
  'bad-target': {
    origin: 'downstream',
    status: 400,
    retry: 'never',
    blame: false,
    text: 'The request target is malformed.',
  },
  'bad-host': {
    origin: 'downstream',
    status: 400,
    retry: 'never',
    blame: false,
    text: 'The Host field is missing, repeated or malformed.',
  },
  'bad-field': {
    origin: 'downstream',
    status: 400,
    retry: 'never',
    blame: false,
    text: 'A header field is malformed.',
  },
  'bad-framing': {
    origin: 'downstream',
    status: 400,
    retry: 'never',
    blame: false,
    text: 'The length of the request is ambiguous.',
  },
  'bad-coding': {
    origin: 'downstream',
    status: 501,
    retry: 'never',
    blame: false,
    text: 'This transfer coding is not served.',
  },
  'bad-chunk': {
    origin: 'downstream',
    status: 400,
    retry: 'never',
    blame: false,
    text: 'The chunked body is malformed.',
  },
  'bad-expectation': {
    origin: 'downstream',
    status: 417,
    retry: 'never',
    blame: false,
    text: 'This expectation cannot be met.',
  },
  'hops-used-up': {
    origin: 'downstream',
    status: 200,
    retry: 'never',
    blame: false,
    text: 'Max-Forwards ends here: the proxy answers for itself.',
  },
  misdirected: {
    origin: 'downstream',
    status: 421,
    retry: 'never',
    blame: false,
    text: 'This connection was opened for a host with another certificate.',
  },
  'client-certificate-missing': {
    origin: 'downstream',
    status: 400,
    retry: 'never',
    blame: false,
    text: 'A certificate of the client is required.',
  },
  'client-certificate-invalid': {
    origin: 'downstream',
    status: 400,
    retry: 'never',
    blame: false,
    text: 'The certificate of the client could not be verified.',
  },
  'client-certificate-refused': {
    origin: 'downstream',
    status: 403,
    retry: 'never',
    blame: false,
    text: 'The certificate of the client is not one for this host.',
  },
  'request-line-too-long': {
    origin: 'downstream',
    status: 414,
    retry: 'never',
    blame: false,
    text: 'The request line is too long.',
  },
  'header-too-large': {
    origin: 'downstream',
    status: 431,
    retry: 'never',
    blame: false,
    text: 'The header section is too large.',
  },
  'body-too-large': { origin: 'downstream', status: 413, retry: 'never', blame: false, text: 'The body is too large.' },
  'body-cut': {
    origin: 'downstream',
    status: 400,
    retry: 'never',
    blame: false,
    text: 'The body ended before its length.',
  },
  'header-timeout': {
    origin: 'downstream',
    status: 408,
    retry: 'never',
    blame: false,
    text: 'The request did not arrive in time.',
  },
  'body-timeout': {
    origin: 'downstream',
    status: 408,
    retry: 'never',
    blame: false,
    text: 'The body did not arrive in time.',
  },
  'client-gone': { origin: 'downstream', status: 499, retry: 'never', blame: false, text: 'The client left.' },
  'client-stalled': {
    origin: 'downstream',
    status: 499,
    retry: 'never',
    blame: false,
    text: 'The client took nothing of the answer for too long.',
  },
  'no-route': {
    origin: 'proxy',
    status: 404,
    retry: 'never',
    blame: false,
    text: 'No route matches this host and path.',
  },
  'rate-limited': { origin: 'proxy', status: 429, retry: 'never', blame: false, text: 'Too many requests.' },
  'no-endpoint': { origin: 'proxy', status: 503, retry: 'never', blame: false, text: 'No endpoint is ready.' },
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
  'connect-refused': {
    origin: 'upstream',
    status: 502,
    retry: 'always',
    blame: true,
    text: 'The endpoint refused the connection.',
  },
  'connect-timeout': {
    origin: 'upstream',
    status: 504,
    retry: 'always',
    blame: true,
    text: 'The endpoint did not answer the connection in time.',
  },
  'connect-failed': {
    origin: 'upstream',
    status: 502,
    retry: 'always',
    blame: true,
    text: 'The endpoint could not be reached.',
  },
  'tls-handshake': {
    origin: 'upstream',
    status: 502,
    retry: 'always',
    blame: true,
    text: 'The endpoint agreed on no encrypted connection.',
  },
  'tls-untrusted': {
    origin: 'upstream',
    status: 502,
    retry: 'always',
    blame: true,
    text: 'The certificate of the endpoint comes from nobody who is trusted.',
  },
  'tls-wrong-name': {
    origin: 'upstream',
    status: 502,
    retry: 'always',
    blame: true,
    text: 'The certificate of the endpoint is for another name.',
  },
  'tls-expired': {
    origin: 'upstream',
    status: 502,
    retry: 'always',
    blame: true,
    text: 'The certificate of the endpoint is not valid at this time.',
  },
  'upstream-reset-before-response': {
    origin: 'upstream',
    status: 502,
    retry: 'idempotent',
    blame: true,
    text: 'The endpoint closed the connection before it answered.',
  },
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
