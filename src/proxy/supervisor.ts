/**
 * The main thread's half of the proxy: keeps one worker a core alive, gives each of them every update, and adds up
 * what they count.
 *
 * Order of a start: workers run without listening → all have applied the first update → they listen → ready. A worker
 * that takes the place of a dead one gets the whole current state as its first update, on the same path.
 */
import { Worker } from 'node:worker_threads'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Problem } from '../model/problem.ts'
import { type Publisher, patch, type ResourceKey, type Snapshot, type Update } from '../model/snapshot.ts'
import type { FromWorker, ListenSpec, Offender, ToWorker, WorkerData } from './messages.ts'
import type { Sample } from './metrics.ts'
import { type ConnectionMemory, connectionMemory, eraseCounts } from './shared/connection-counts.ts'
import { CanaryTables } from './supervisor/canary-tables.ts'
import { EndpointWatch } from './supervisor/endpoint-watch.ts'
import type { ClusterView } from './supervisor/endpoints-view.ts'
import { Findings } from './supervisor/findings.ts'
import { holdPort } from './supervisor/hold-port.ts'
import { LimitTables } from './supervisor/limit-tables.ts'
import { addOffenders } from './supervisor/offenders.ts'
import { Restarts } from './supervisor/restarts.ts'
import { ServicePorts } from './supervisor/service-ports.ts'
import { addUp, lasting, ofLivingRoutes } from './supervisor/totals.ts'
import { Waits } from './supervisor/waits.ts'
import { type SpawnThread, WorkerLink } from './supervisor/worker-link.ts'

/** Longest wait for a worker that is asked for what it knows; its last answer stands in for it. */
const ANSWER_MS = 2_000
/** What workers get beyond the deadline of a drain to say that it is over. */
const DRAIN_GRACE_MS = 1_000

export interface SupervisorLog {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Writes batches of access-log lines; `done` is called once for each, in order. */
export interface LineWriter {
  write(lines: Uint8Array, done: (written: boolean) => void): void
}

export interface SupervisorOptions {
  readonly workers: number
  readonly spawn: SpawnThread
  readonly clock: Clock
  readonly random: Random
  readonly log: SupervisorLog
  readonly accessLog: LineWriter | undefined
  /** Milliseconds since the epoch by the clock of the cluster, where there is one. */
  readonly clusterTime?: (() => number) | undefined
  /** Told what traffic shows to be wrong with objects: all there is of it, whenever that changes. */
  readonly onFindings: (findings: readonly Problem[]) => void
  /** Workers die too often to go on: the process should end. */
  readonly onGiveUp: (reason: string) => void
}

export class Supervisor implements Publisher {
  readonly #options: SupervisorOptions
  readonly #links = new Set<WorkerLink>()
  readonly #restarts: Restarts
  readonly #waits: Waits
  readonly #connections: ConnectionMemory
  readonly #endpoints: EndpointWatch
  readonly #limits: LimitTables
  readonly #ports: ServicePorts
  /** What becomes of the requests of each variant of each canary. */
  readonly canaries: CanaryTables
  readonly #snapshot = new Map<ResourceKey, string>()
  #revision = 0
  #listen: ListenSpec | undefined
  /** All workers of the start listen: from now on one that cannot is an accident. */
  #started = false
  #request = 0
  /** Counts of dead workers. */
  #kept: readonly Sample[] = []
  #deaths = 0
  #retired = false
  #draining = false

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#restarts = new Restarts(options.random)
    this.#waits = new Waits(options.clock)
    this.#connections = connectionMemory(options.workers, options.random)
    const findings = new Findings(options.onFindings)
    this.#endpoints = new EndpointWatch({ ...options, onFindings: findings.finder() })
    this.#ports = new ServicePorts({
      ...{ clock: options.clock, hold: holdPort, workers: this.#links, waits: this.#waits },
      onFindings: findings.finder(),
    })
    this.#limits = new LimitTables(options)
    this.canaries = new CanaryTables(options.workers)
    for (let index = 0; index < options.workers; index++) this.#spawn(index)
  }

  /** What the workers were last told; it goes on changing. */
  get snapshot(): Snapshot {
    return this.#snapshot
  }

  /** Limits that hold for all replicas together. */
  get sharedLimits(): Pick<LimitTables, 'demands' | 'share'> {
    return this.#limits
  }

  get revision(): number {
    return this.#revision
  }

  /** Workers that died since the start. */
  get deaths(): number {
    return this.#deaths
  }

  /** Workers that take connections now. */
  get listening(): number {
    return [...this.#links].filter((link) => link.listening).length
  }

  /** @throws Error where a worker could not apply the update; it goes on with what it had. */
  async publish(update: Update): Promise<void> {
    patch(this.#snapshot, update)
    this.#revision = update.revision
    const confirmed = Math.min(...[...this.#links].map((link) => link.confirmed))
    const rows = this.#endpoints.update(update, confirmed)
    const [limits, canaries] = [this.#limits.update(update), this.canaries.update(update)]
    this.#post({ type: 'update', update, grants: { rows, limits, canaries } })
    await this.#waits.until(() => this.#all((link) => link.revision >= update.revision))
    this.#ports.update(update)
    const rejected = [...this.#links].find((link) => link.rejected !== undefined)
    if (rejected !== undefined) {
      throw new Error(`worker ${rejected.index} could not apply revision ${update.revision}: ${rejected.rejected}`)
    }
  }

  /**
   * Lets every worker take connections, now and after a restart. To be called after the first `publish`.
   * @throws Error with the reason of the first worker that cannot.
   */
  async listen(spec: ListenSpec): Promise<void> {
    this.#listen = spec
    this.#post({ type: 'listen', listen: spec })
    const failed = () => [...this.#links].find((link) => link.failed !== undefined)
    await this.#waits.until(() => failed() !== undefined || this.#all((link) => link.listening))
    const first = failed()
    if (first !== undefined) throw new Error(first.failed)
    this.#started = true
    await this.#ports.open({ host: spec.host, isShared: spec.reusePort })
  }

  /** The sum over all workers, dead ones included. */
  async samples(): Promise<readonly Sample[]> {
    await this.#ask('metrics')
    this.#kept = ofLivingRoutes(this.#kept, this.#snapshot)
    return [
      ...addUp([this.#kept, ...[...this.#links].map((link) => link.samples)]),
      ...this.#endpoints.samples(),
      ...this.canaries.samples(),
    ]
  }

  /** Whom each limit refused most of late, by all workers that live. */
  async offenders(): Promise<readonly Offender[]> {
    await this.#ask('offenders')
    return addOffenders([...this.#links].map((link) => link.offenders))
  }

  /** What is known of endpoints now, by cluster. */
  endpoints(): Readonly<Record<string, ClusterView>> {
    return this.#endpoints.view(this.#snapshot)
  }

  /** From now on every answer says that its connection ends; connections are still taken. */
  retire(): void {
    this.#retired = true
    this.#post({ type: 'retire' })
  }

  /** Stops accepting, lets what is in flight finish for at most `deadlineMs`, then ends the workers. */
  async drain(deadlineMs: number): Promise<void> {
    this.#draining = true
    this.#endpoints.stop()
    this.#limits.stop()
    this.#ports.stop()
    this.#post({ type: 'drain', deadlineMs })
    const drained = () => [...this.#links].every((link) => link.drained)
    const intime = await this.#waits.until(drained, deadlineMs + DRAIN_GRACE_MS)
    if (!intime) this.#options.log.error({}, 'some workers did not drain in time and are ended now')
    for (const link of this.#links) link.terminate()
  }

  #spawn(index: number): void {
    const { spawn, accessLog } = this.#options
    const thread = spawn(
      { index, accessLog: accessLog !== undefined, connections: this.#connections, endpoints: this.#endpoints.memory },
      {
        message: (message) => this.#receive(link, message),
        exit: (reason) => this.#died(link, reason),
      },
    )
    const link = new WorkerLink(index, thread)
    this.#links.add(link)
    if (this.#revision > 0) {
      const update = { revision: this.#revision, upserts: [...this.#snapshot], removals: [] }
      const grants = {
        rows: this.#endpoints.grants(),
        limits: this.#limits.grants(),
        canaries: this.canaries.grants(),
      }
      link.post({ type: 'update', update, grants })
    }
    if (this.#listen !== undefined) {
      link.post({ type: 'listen', listen: this.#listen })
      link.post(this.#ports.message)
    }
    if (this.#retired) link.post({ type: 'retire' })
  }

  #receive(link: WorkerLink, message: FromWorker): void {
    link.note(message)
    if (message.type === 'log') this.#write(link, message.lines)
    if (message.type === 'suspect') this.#endpoints.suspect(message.cluster)
    // A successor that cannot listen is of no use, and the next one may fare better.
    if (message.type === 'failed' && this.#started) link.terminate()
    this.#waits.check()
  }

  #write(link: WorkerLink, lines: Uint8Array): void {
    const { accessLog } = this.#options
    accessLog?.write(lines, (written) => link.post({ type: 'logged', written }))
  }

  #died(link: WorkerLink, reason: string): void {
    this.#links.delete(link)
    eraseCounts(this.#connections, link.index)
    this.#endpoints.erase(link.index)
    this.#limits.erase(link.index)
    this.#kept = addUp([this.#kept, lasting(link.samples)])
    this.#waits.check()
    if (this.#draining) return
    this.#deaths++
    const { clock, log, onGiveUp } = this.#options
    const restartMs = this.#restarts.died(clock.now())
    log.error({ worker: link.index, reason, restartMs }, 'a worker died')
    if (restartMs === undefined) onGiveUp(`workers die too often, the last one of: ${reason}`)
    else clock.after(restartMs, () => this.#replace(link.index))
  }

  #replace(index: number): void {
    if (!this.#draining) this.#spawn(index)
  }

  /** Resolves when all workers have said what they know, or one of them takes too long. */
  async #ask(type: 'metrics' | 'offenders'): Promise<void> {
    const request = ++this.#request
    this.#post({ type, request })
    await this.#waits.until(() => [...this.#links].every((link) => link.answered >= request), ANSWER_MS)
  }

  #post(message: ToWorker): void {
    for (const link of this.#links) link.post(message)
  }

  /** Nobody is not all: while the only worker is being replaced, nothing is applied and nothing listens. */
  #all(test: (link: WorkerLink) => boolean): boolean {
    return this.#links.size > 0 && [...this.#links].every(test)
  }
}

/**
 * Starts real threads.
 * @param youngGenerationMb size of the part of the heap where short-lived objects are made; a small one makes the
 *   collector copy what is still in use by requests in flight.
 */
export function threads(youngGenerationMb: number): SpawnThread {
  return (data: WorkerData, events) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: data,
      name: `sluice-worker-${data.index}`,
      resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
    })
    let reason = 'it ended by itself'
    worker.on('message', (message: FromWorker) => events.message(message))
    worker.on('error', (error: Error) => {
      reason = error.stack ?? error.message
    })
    worker.on('exit', (code) => events.exit(code === 0 ? reason : `${reason} (exit code ${code})`))
    return {
      post: (message) => worker.postMessage(message),
      terminate: () => void worker.terminate(),
    }
  }
}
