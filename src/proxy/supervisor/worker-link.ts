/** One worker as the main thread knows it: what it has reported so far. */
import type { FromWorker, Offender, PortFailure, ToWorker, WorkerData } from '../messages.ts'
import type { Sample } from '../metrics.ts'

/** A running thread. */
export interface WorkerThread {
  post(message: ToWorker): void
  terminate(): void
}

export interface ThreadEvents {
  message(message: FromWorker): void
  /** Called once; nothing comes after it. */
  exit(reason: string): void
}

export type SpawnThread = (data: WorkerData, events: ThreadEvents) => WorkerThread

export class WorkerLink {
  readonly index: number
  readonly #thread: WorkerThread
  /** Revision of the last update it answered. */
  revision = 0
  /** Why that update could not be applied. */
  rejected: string | undefined
  /** The last update up to which it has applied all: what one took away it may still use where that was rejected. */
  confirmed = 0
  #isWhole = true
  listening = false
  /** Why it cannot listen. */
  failed: string | undefined
  /** Number of the last request for ports that it answered, and which of these it could not open. */
  portsAnswered = -1
  portFailures: readonly PortFailure[] = []
  /** Number of the last request for what it knows that it answered. */
  answered = 0
  samples: readonly Sample[] = []
  offenders: readonly Offender[] = []
  drained = false

  constructor(index: number, thread: WorkerThread) {
    this.index = index
    this.#thread = thread
  }

  post(message: ToWorker): void {
    this.#thread.post(message)
  }

  terminate(): void {
    this.#thread.terminate()
  }

  /** Notes what the worker reports about itself. */
  note(message: FromWorker): void {
    switch (message.type) {
      case 'applied':
      case 'rejected':
        this.revision = message.revision
        this.rejected = message.type === 'rejected' ? message.message : undefined
        this.#isWhole &&= message.type === 'applied'
        if (this.#isWhole) this.confirmed = message.revision
        break
      case 'listening':
        this.listening = true
        break
      case 'failed':
        this.failed = message.message
        break
      case 'ports':
        this.portsAnswered = message.request
        this.portFailures = message.failures
        break
      case 'metrics':
        this.answered = message.request
        this.samples = message.samples
        break
      case 'offenders':
        this.answered = message.request
        this.offenders = message.offenders
        break
      case 'drained':
        this.drained = true
    }
  }
}
