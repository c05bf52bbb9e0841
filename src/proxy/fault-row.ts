/** One row of the fault table. */
export interface FaultRow {
  readonly origin: 'downstream' | 'upstream' | 'proxy'
  /** Status for the client; 0 where nobody is there to read one. */
  readonly status: number
  readonly retry: 'always' | 'idempotent' | 'never'
  readonly blame: boolean
  /** One sentence for the client; never names an endpoint. */
  readonly text: string
  /** Seconds after which the client had better ask again, where that may help (RFC 9110 section 10.2.3). */
  readonly retryAfterS?: number
}
