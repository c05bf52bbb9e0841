/** Messages of the supervisor carried out on one worker's data plane; the thread itself is `worker.ts`. */
import type { Update } from '../model/snapshot.ts'
import type { FromWorker, Grants, ListenSpec, Offender, PortFailure, ToWorker } from './messages.ts'
import type { Sample } from './metrics.ts'

/** What a worker asks of its data plane. */
export interface DataPlane {
  apply(update: Update, grants: Grants): void
  /** Resolves with the port once connections are taken. */
  listen(spec: ListenSpec): Promise<number>
  /** Opens these ports of TCP and UDP services and closes all others; resolves with those that cannot be. */
  openPorts(names: readonly string[]): Promise<readonly PortFailure[]>
  retire(): void
  /** Resolves when nothing is in flight any more, or at the deadline (milliseconds from now). */
  drain(deadlineMs: number): Promise<void>
  samples(): readonly Sample[]
  offenders(): readonly Offender[]
}

/** The worker's access log, as the protocol sees it. */
export interface LineBuffer {
  readonly dropped: number
  /** Hands over what is there. */
  flush(): void
  settled(written: boolean): void
}

export interface WorkerLoopOptions {
  readonly dataPlane: DataPlane
  readonly accessLog: LineBuffer | undefined
  readonly post: (message: FromWorker) => void
}

export class WorkerLoop {
  readonly #dataPlane: DataPlane
  readonly #accessLog: LineBuffer | undefined
  readonly #post: (message: FromWorker) => void

  constructor({ dataPlane, accessLog, post }: WorkerLoopOptions) {
    this.#dataPlane = dataPlane
    this.#accessLog = accessLog
    this.#post = post
  }

  receive(message: ToWorker): void {
    switch (message.type) {
      case 'update':
        this.#update(message.update, message.grants)
        break
      case 'listen':
        void this.#listen(message.listen)
        break
      case 'ports':
        void this.#openPorts(message.request, message.names)
        break
      case 'metrics':
        this.#post({ type: 'metrics', request: message.request, samples: this.#samples() })
        break
      case 'offenders':
        this.#post({ type: 'offenders', request: message.request, offenders: this.#dataPlane.offenders() })
        break
      case 'retire':
        this.#dataPlane.retire()
        break
      case 'drain':
        void this.#drain(message.deadlineMs)
        break
      case 'logged':
        this.#accessLog?.settled(message.written)
    }
  }

  /** Nothing in an update may bring a worker down: the next one would die of it as well. */
  #update(update: Update, grants: Grants): void {
    const { revision } = update
    try {
      this.#dataPlane.apply(update, grants)
      this.#post({ type: 'applied', revision })
    } catch (error) {
      const { stack, message } = error as Error
      this.#post({ type: 'rejected', revision, message: stack ?? message })
    }
  }

  async #listen(spec: ListenSpec): Promise<void> {
    try {
      this.#post({ type: 'listening', port: await this.#dataPlane.listen(spec) })
    } catch (error) {
      this.#post({ type: 'failed', message: (error as Error).message })
    }
  }

  async #openPorts(request: number, names: readonly string[]): Promise<void> {
    this.#post({ type: 'ports', request, failures: await this.#dataPlane.openPorts(names) })
  }

  async #drain(deadlineMs: number): Promise<void> {
    await this.#dataPlane.drain(deadlineMs)
    this.#accessLog?.flush()
    this.#post({ type: 'drained' })
  }

  #samples(): readonly Sample[] {
    const samples = this.#dataPlane.samples()
    if (this.#accessLog === undefined) return samples
    return [...samples, ['sluice_access_log_dropped_lines', [], this.#accessLog.dropped]]
  }
}
