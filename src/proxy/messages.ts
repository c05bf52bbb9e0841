/**
 * The whole protocol between the supervisor (main thread) and a worker. Messages arrive in order, so a worker that
 * is sent its first update and then `listen` never takes a connection with an empty table.
 */
import type { CertificateSpec } from '../model/certificate.ts'
import type { RateLimitSpec } from '../model/rate-limit.ts'
import type { Update } from '../model/snapshot.ts'
import type { Sample } from './metrics.ts'
import type { ConnectionMemory } from './shared/connection-counts.ts'
import type { EndpointMemory } from './shared/endpoint-stats.ts'
import type { VariantMemory } from './shared/variant-counts.ts'

export interface ListenSpec {
  /** Address to bind. */
  readonly host: string
  readonly port: number
  /** The port that clients know, which a Service or load balancer maps to ours; ours where it is left out. */
  readonly publicPort?: number
  /** False where the platform has no SO_REUSEPORT; then there is one worker. */
  readonly reusePort: boolean
  /** Beside it, on the same address; no HTTPS where it is left out. */
  readonly https?: HttpsSpec
}

/** What TLS needs beside the certificates of the configuration. The same for all workers, later ones included. */
export interface HttpsSpec {
  readonly port: number
  readonly publicPort: number
  /** For names that the configuration has no certificate for. */
  readonly fallback: CertificateSpec
  /** 48 secret bytes that session tickets are sealed with: what one worker hands out all can open. */
  readonly ticketKeys: Uint8Array
}

/** Where the endpoints of a cluster are counted: rows of the memory that workers share, or `NO_ROW`. */
export interface RowGrant {
  readonly cluster: string
  /** Of all its endpoints together. */
  readonly row: number
  /** In the order in which the update names the endpoints. */
  readonly endpoints: readonly number[]
}

/** The table of a rate limit, in memory that workers share. */
export interface LimitGrant {
  readonly name: string
  readonly spec: RateLimitSpec
  readonly memory: SharedArrayBuffer
  /** What this replica may admit of it, where it holds for all of them together. */
  readonly share?: SharedArrayBuffer
  /** Of the hashes of its keys: 32 bits of chance. */
  readonly seed: number
}

/** A key that a limit refuses, or makes wait. */
export interface Offender {
  /** Name of the limit. */
  readonly limit: string
  /** What the key is made of: `client`, `header:NAME`, with what stood there. */
  readonly key: readonly (readonly [part: string, text: string])[]
  /** How often of late. */
  readonly refused: number
  /** By how much that may be too high. */
  readonly error: number
}

/** Where what became of the requests of each variant is counted. */
export interface CanaryGrant {
  readonly name: string
  /** In the order of the rows of the memory, of which the first is that of the primary. */
  readonly variants: readonly string[]
  readonly memory: VariantMemory
}

/** What comes with an update and is no configuration: places in memory that workers share. */
export interface Grants {
  /** For all clusters whose endpoints are in the update. */
  readonly rows: readonly RowGrant[]
  /** For all limits that are in the update. */
  readonly limits: readonly LimitGrant[]
  /** For all canaries that are in the update. */
  readonly canaries: readonly CanaryGrant[]
}

/** A port of a TCP or UDP service that a worker cannot open: as the system says why. */
export interface PortFailure {
  /** See `layer4PortName`. */
  readonly name: string
  readonly code: string
  readonly message: string
}

/** No row was left: each worker counts for itself. */
export const NO_ROW = -1

export type ToWorker =
  /** Answered by `applied` or `rejected`. */
  | { readonly type: 'update'; readonly update: Update; readonly grants: Grants }
  /** Answered by `listening` or `failed`. */
  | { readonly type: 'listen'; readonly listen: ListenSpec }
  /** After `listen`: all ports of TCP and UDP services that may be open. Answered by `ports` with the same number. */
  | { readonly type: 'ports'; readonly request: number; readonly names: readonly string[] }
  /** Answered by `metrics` with the same number. */
  | { readonly type: 'metrics'; readonly request: number }
  /** Answered by `offenders` with the same number. */
  | { readonly type: 'offenders'; readonly request: number }
  /** Announce the end on every answer (`Connection: close`), close what is idle; accept still goes on. */
  | { readonly type: 'retire' }
  /** Stop accepting; what is in flight finishes, until the deadline. Answered by `drained`. */
  | { readonly type: 'drain'; readonly deadlineMs: number }
  /** The oldest unwritten batch of access-log lines is out of the way: its place in the bound is free again. */
  | { readonly type: 'logged'; readonly written: boolean }

export type FromWorker =
  | { readonly type: 'applied'; readonly revision: number }
  /** The update could not be applied at all, which is a defect of ours; the worker goes on with what it had. */
  | { readonly type: 'rejected'; readonly revision: number; readonly message: string }
  | { readonly type: 'listening'; readonly port: number }
  /** Listening did not work. */
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'ports'; readonly request: number; readonly failures: readonly PortFailure[] }
  | { readonly type: 'metrics'; readonly request: number; readonly samples: readonly Sample[] }
  | { readonly type: 'offenders'; readonly request: number; readonly offenders: readonly Offender[] }
  /** A batch of whole access-log lines; the bytes are handed over, not copied. */
  | { readonly type: 'log'; readonly lines: Uint8Array }
  | { readonly type: 'drained' }
  /** An endpoint of this cluster has failed as often in a row as its ejection takes: somebody should judge. */
  | { readonly type: 'suspect'; readonly cluster: string }

/** What a worker is born with; everything that can change later comes as an update. */
export interface WorkerData {
  readonly index: number
  readonly connections: ConnectionMemory
  readonly endpoints: EndpointMemory
  readonly accessLog: boolean
}
