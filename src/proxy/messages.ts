/** The whole protocol between the supervisor (main thread) and a worker. */
import type { Update } from '../model/snapshot.ts'
import type { Sample } from './metrics.ts'

export interface ListenSpec {
  /** Address to bind. */
  readonly host: string
  readonly port: number
  /** False where the platform has no SO_REUSEPORT; then there is one worker. */
  readonly reusePort: boolean
}

export type ToWorker =
  | { readonly type: 'update'; readonly update: Update }
  | { readonly type: 'listen'; readonly listen: ListenSpec }
  | { readonly type: 'metrics'; readonly request: number }
  /** Announce the end on every answer (`Connection: close`), close what is idle; accept still goes on. */
  | { readonly type: 'retire' }
  /** Stop accepting; what is in flight finishes, until the deadline. */
  | { readonly type: 'drain'; readonly deadlineMs: number }
  /** A batch of access-log lines was written (or given up): its place in the bound is free again. */
  | { readonly type: 'logged' }

export type FromWorker =
  | { readonly type: 'applied'; readonly revision: number }
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'metrics'; readonly request: number; readonly samples: readonly Sample[] }
  | { readonly type: 'log'; readonly lines: Uint8Array }
  | { readonly type: 'drained' }

/** What a worker is born with; everything that can change later comes as an update. */
export interface WorkerData {
  readonly index: number
  readonly accessLog: boolean
}
