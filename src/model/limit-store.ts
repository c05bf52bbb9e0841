/** Where limits of the whole cluster are counted exactly: a Valkey or Redis that all replicas ask. */

/** What holds while it does not answer: shares of the limits, as without it; everything passes; nothing does. */
export const STORE_FAILURES = ['Share', 'Allow', 'Deny'] as const

export interface LimitStoreSpec {
  /** `host:port`; of a cluster one or more of its nodes. */
  readonly addresses: readonly string[]
  /** Keys are spread over several nodes (Valkey Cluster). */
  readonly cluster: boolean
  readonly tls: boolean
  /** PEM of who may vouch for it; those that the system trusts where it is left out. */
  readonly authority?: string
  readonly username?: string
  readonly password?: string
  /** Longest wait for an answer. */
  readonly timeoutMs: number
  readonly onFailure: (typeof STORE_FAILURES)[number]
}
