/**
 * Ports of TCP and UDP services, for all workers together: held in the name of this process before any worker opens
 * them, since with SO_REUSEPORT another copy could listen beside us in silence. One that cannot be had is told to whoever
 * asks for it, and tried again; the others do not notice.
 */
import type { Clock } from '../../lib/clock.ts'
import type { Layer4PortSpec } from '../../model/layer4-port.ts'
import type { Problem } from '../../model/problem.ts'
import { parseKey, type Update } from '../../model/snapshot.ts'
import type { PortFailure, ToWorker } from '../messages.ts'
import { complaint } from './port.ts'
import type { Waits } from './waits.ts'
import type { WorkerLink } from './worker-link.ts'

/** Somebody else's program may end at any time. */
const RETRY_MS = 5_000
/** Longest wait for workers at the start: what is not open by then is told, and opened later. */
const START_MS = 5_000

/** Findings as text, where there are none. */
const NOTHING = '[]'

/** Where all of them are. */
export interface PortsPlace {
  readonly host: string
  /** Whether another process could share them. */
  readonly isShared: boolean
}

/** Takes a port for this process. @returns what gives it back. @throws PortTaken in words. */
export type HoldPort = (spec: Layer4PortSpec, host: string) => Promise<() => void>

/** A worker, as far as it opens ports. */
export type PortWorker = Pick<WorkerLink, 'post' | 'portsAnswered' | 'portFailures'>

export interface ServicePortsInit {
  readonly clock: Clock
  readonly hold: HoldPort
  /** Those that live. */
  readonly workers: ReadonlySet<PortWorker>
  readonly waits: Waits
  readonly onFindings: (findings: readonly Problem[]) => void
}

export class ServicePorts {
  readonly #init: ServicePortsInit
  readonly #wanted = new Map<string, Layer4PortSpec>()
  /** What gives each of them back. */
  readonly #held = new Map<string, () => void>()
  #place: PortsPlace | undefined
  #request = 0
  #settling: Promise<void> | undefined
  #isStale = false
  #callOffRetry: (() => void) | undefined
  #told = NOTHING
  #stopped = false

  constructor(init: ServicePortsInit) {
    this.#init = init
  }

  /** Every worker has applied this one. */
  update({ removals, upserts }: Update): void {
    let isNews = false
    for (const key of removals) {
      const { kind, name } = parseKey(key)
      if (kind === 'layer4Port') isNews = this.#wanted.delete(name) || isNews
    }
    for (const [key, text] of upserts) {
      const { kind, name } = parseKey(key)
      if (kind !== 'layer4Port') continue
      this.#wanted.set(name, JSON.parse(text))
      isNews = true
    }
    if (isNews && this.#place !== undefined) void this.#settle()
  }

  /** Workers listen there. Resolves once the ports that are asked for by now are open, or cannot be. */
  open(place: PortsPlace): Promise<void> {
    this.#place = place
    return this.#settle()
  }

  /** For a worker that takes the place of another one. */
  get message(): ToWorker {
    return { type: 'ports', request: this.#request, names: [...this.#held.keys()] }
  }

  stop(): void {
    this.#stopped = true
    this.#callOffRetry?.()
  }

  /** One at a time; what comes meanwhile makes it go around again. */
  #settle(): Promise<void> {
    this.#isStale = true
    this.#settling ??= this.#settleAll()
    return this.#settling
  }

  async #settleAll(): Promise<void> {
    // What is over before `#settle` has noted it would count as under way for ever.
    await Promise.resolve()
    while (this.#isStale && !this.#stopped) {
      this.#isStale = false
      if (this.#place !== undefined && this.#hasWork) await this.#bring(this.#place)
    }
    this.#settling = undefined
  }

  /** Most clusters have none: workers are not asked about nothing. */
  get #hasWork(): boolean {
    return this.#wanted.size + this.#held.size > 0 || this.#told !== NOTHING
  }

  /** Makes what is held what is wanted, as far as it can be had, and has the workers open it. */
  async #bring(place: PortsPlace): Promise<void> {
    this.#giveBack()
    const untaken = await this.#take(place)
    const failures = [...untaken, ...(await this.#haveOpened())]
    this.#tell(failures, place)
    this.#callOffRetry?.()
    const retry = () => this.#init.clock.after(RETRY_MS, () => void this.#settle())
    this.#callOffRetry = failures.length === 0 ? undefined : retry()
  }

  /** @returns what workers could not open. */
  async #haveOpened(): Promise<readonly PortFailure[]> {
    const { workers, waits } = this.#init
    const request = ++this.#request
    for (const worker of workers) worker.post(this.message)
    const answered = () => workers.size > 0 && [...workers].every(({ portsAnswered }) => portsAnswered >= request)
    await waits.until(answered, START_MS)
    return [...workers].flatMap(({ portFailures }) => portFailures)
  }

  #giveBack(): void {
    for (const [name, release] of this.#held) {
      if (this.#wanted.has(name)) continue
      this.#held.delete(name)
      release()
    }
  }

  async #take({ host, isShared }: PortsPlace): Promise<readonly PortFailure[]> {
    const failures: PortFailure[] = []
    for (const [name, spec] of this.#wanted) {
      if (this.#held.has(name)) continue
      try {
        this.#held.set(name, isShared ? await this.#init.hold(spec, host) : () => {})
      } catch (error) {
        const { code = '', message } = error as NodeJS.ErrnoException
        failures.push({ name, code, message })
      }
    }
    return failures
  }

  /** Each port once, however many workers say so. */
  #tell(failures: readonly PortFailure[], { host }: PortsPlace): void {
    const byName = new Map(failures.map((failure) => [failure.name, failure]))
    const findings = [...byName].flatMap(([name, { code, message }]): Problem[] => {
      const spec = this.#wanted.get(name)
      if (spec === undefined) return []
      const why = complaint(host, spec.port, Object.assign(new Error(message), { code }))
      return [{ at: spec.origin, severity: 'error', reason: 'PortUnavailable', message: `${why}; it is tried again` }]
    })
    const text = JSON.stringify(findings)
    if (text === this.#told) return
    this.#told = text
    this.#init.onFindings(findings)
  }
}
