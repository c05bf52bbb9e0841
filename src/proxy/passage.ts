/** A connection or UDP session that was passed on as it is, once it is over: for the access log. */
import type { ClusterName } from '../model/cluster.ts'

/** What became of it: whether an endpoint took it, and why not. */
export type PassageResult = 'served' | 'no-endpoint' | 'unreachable'

export interface Passage {
  /** `TLS` where the name that is asked for says to whom it goes, else the port does. */
  readonly protocol: 'TLS' | 'TCP' | 'UDP'
  readonly clientAddress: string
  /** The name that is asked for; empty without one. */
  readonly host: string
  /** Where the client went to, as it knows it. */
  readonly port: number
  readonly cluster: ClusterName
  /** Monotonic milliseconds; 0 where it never was connected. */
  readonly startedAt: number
  readonly connectedAt: number
  readonly result: PassageResult
  /** The last one tried, and how many were. */
  readonly endpoint: string
  readonly attempts: number
  readonly bytesReceived: number
  readonly bytesSent: number
}
