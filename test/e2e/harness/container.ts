/** A container through all its runs: started, probed, started again, ended. */
import { join } from 'node:path'
import type { V1Container } from '@kubernetes/client-node'
import type { Exit } from './child.ts'
import { ContainerProbes } from './container-probes.ts'
import { ContainerProcess } from './container-process.ts'
import type { Mount } from './container-root.ts'
import { argvOf, variablesOf } from './container-variables.ts'
import type { Image } from './images.ts'
import type { PodContext } from './pod-context.ts'
import { answers, httpTarget } from './probe.ts'
import { privilegesOf } from './security.ts'

/** A kubelet begins with 10 s and ends with 5 min; tests have less patience. */
const FIRST_BACKOFF_MS = 1_000
const LAST_BACKOFF_MS = 30_000
/** From what a kubelet knows to what a process feels there is the way through a container runtime, at least so long. */
const RUNTIME_MS = 50
/** After so long a run the backoff begins anew. */
const GOOD_RUN_MS = 60_000

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never'

export type RunState =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message?: string }
  | { readonly kind: 'running'; readonly since: string }
  | { readonly kind: 'terminated'; readonly since: string; readonly until: string; readonly exit: Exit }

export interface ContainerInit {
  readonly spec: V1Container
  /** `undefined` where the table does not know it. */
  readonly image: Image | undefined
  readonly context: PodContext
  readonly address: string
  readonly network: string
  readonly mounts: readonly Mount[]
  /** For one that its probes end. */
  readonly graceMs: number
  /** Of this container, for each run one more beneath. */
  readonly folder: string
  readonly log: string
  /** Whether its node cannot be reached, nor ask for anything. */
  readonly cutOff: () => boolean
  readonly onChange: () => void
}

export class Container {
  readonly name: string
  readonly #init: ContainerInit
  #process: ContainerProcess | undefined
  #probes: ContainerProbes | undefined
  #state: RunState = { kind: 'waiting', reason: 'ContainerCreating' }
  #lastState: RunState | undefined
  #restarts = -1
  #backoffMs = FIRST_BACKOFF_MS
  #timer: NodeJS.Timeout | undefined
  #ending = false

  constructor(init: ContainerInit) {
    this.#init = init
    this.name = init.spec.name
  }

  get state(): RunState {
    return this.#state
  }

  get lastState(): RunState | undefined {
    return this.#lastState
  }

  get restarts(): number {
    return Math.max(0, this.#restarts)
  }

  /** Passed its startup probe, if it has one. */
  get started(): boolean {
    return this.#running && this.#probes?.started === true
  }

  get ready(): boolean {
    return this.#running && this.#probes?.ready === true
  }

  get image(): string {
    return this.#init.spec.image ?? ''
  }

  /** Outside of any container's namespace; 0 while it does not run. */
  get pid(): number {
    return this.#running ? this.#process!.pid : 0
  }

  get #running(): boolean {
    return this.#process?.running === true
  }

  /** One run after the other, as long as its Pod's policy says so. What prevents one is its reason for waiting. */
  async start(policy: RestartPolicy): Promise<void> {
    const since = now()
    try {
      this.#process = await this.#run()
    } catch (error) {
      this.#change({ kind: 'waiting', reason: 'CreateContainerConfigError', message: (error as Error).message })
      return this.#startLater(policy)
    }
    if (this.#process === undefined) return
    void this.#process.exited.then((exit) => this.#ended(exit, since, policy))
    const { spec: container, address, cutOff: paused, onChange } = this.#init
    const exec = (argv: readonly string[]) => this.#process!.exec(argv)
    const onDead = () => void this.#process?.stop(this.#init.graceMs)
    this.#probes = new ContainerProbes({ container, address, exec, paused, onChange, onDead })
    this.#change({ kind: 'running', since })
  }

  /** Resolves when it has ended for good: its hook, SIGTERM, and SIGKILL after `graceMs` in all. */
  async stop(graceMs: number): Promise<void> {
    this.#ending = true
    clearTimeout(this.#timer)
    this.#probes?.stop('startup', 'liveness')
    const deadline = performance.now() + graceMs
    if (this.#running && graceMs > 0) await pause(RUNTIME_MS)
    if (this.#running) await this.#beforeStop(graceMs)
    await this.#process?.stop(Math.max(0, deadline - performance.now()))
  }

  /** Says why it has not begun yet. */
  wait(message: string): void {
    if (this.#state.kind === 'waiting' && this.#state.message === message) return
    this.#change({ kind: 'waiting', reason: 'ContainerCreating', message })
  }

  /** As a crash: it is started again as its Pod says. */
  async kill(): Promise<void> {
    await this.#process?.kill()
  }

  async #run(): Promise<ContainerProcess | undefined> {
    const { spec, image, context, network, mounts, folder, log } = this.#init
    if (image === undefined)
      throw new Error(`image ${spec.image}: not in the table of images; bring it by --images FILE`)
    refuseUnknown(spec)
    const variables = await variablesOf(spec, context)
    if (this.#ending) return undefined
    this.#restarts += 1
    return new ContainerProcess({
      argv: argvOf(spec, image, variables),
      variables,
      workingDir: spec.workingDir ?? image.workingDir,
      image,
      mounts,
      privileges: privilegesOf(context.pod.spec, spec, image),
      hostname: context.pod.metadata.name,
      network,
      folder: join(folder, String(this.#restarts)),
      log,
    })
  }

  #ended(exit: Exit, since: string, policy: RestartPolicy): void {
    this.#probes?.stop('startup', 'liveness', 'readiness')
    const state: RunState = { kind: 'terminated', since, until: now(), exit }
    if (Date.parse(state.until) - Date.parse(since) > GOOD_RUN_MS) this.#backoffMs = FIRST_BACKOFF_MS
    const isOver = policy === 'Never' || (policy === 'OnFailure' && exit.code === 0)
    if (this.#ending || isOver) return this.#change(state)
    this.#lastState = state
    this.#change({ kind: 'waiting', reason: 'CrashLoopBackOff', message: `ended with ${exit.code ?? exit.signal}` })
    this.#startLater(policy)
  }

  #startLater(policy: RestartPolicy): void {
    if (this.#ending) return
    this.#timer = setTimeout(() => void this.start(policy), this.#backoffMs)
    this.#backoffMs = Math.min(this.#backoffMs * 2, LAST_BACKOFF_MS)
  }

  /** A hook takes its time from the grace period; one that fails changes nothing. */
  async #beforeStop(graceMs: number): Promise<void> {
    const { exec, httpGet, sleep } = this.#init.spec.lifecycle?.preStop ?? {}
    const seconds = sleep?.seconds ?? 0
    if (seconds > 0) await Promise.race([pause(Math.min(seconds * 1_000, graceMs)), this.#process!.exited])
    if (httpGet !== undefined) await answers(httpTarget(httpGet, this.#init.spec, this.#init.address), graceMs)
    if (exec !== undefined) await Promise.race([this.#process!.exec(exec.command ?? []), pause(graceMs)])
  }

  #change(state: RunState): void {
    this.#state = state
    this.#init.onChange()
  }
}

/** @throws Error naming what a kubelet can do and this one cannot. */
function refuseUnknown({ lifecycle, startupProbe, livenessProbe, readinessProbe }: V1Container): void {
  const unknown = [
    ...(lifecycle?.postStart === undefined ? [] : ['lifecycle.postStart']),
    ...Object.entries({ startupProbe, livenessProbe, readinessProbe }).flatMap(([name, probe]) =>
      probe?.grpc === undefined ? [] : [`${name}.grpc`],
    ),
  ]
  if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: not known to this kubelet`)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref())
}

/** As Kubernetes writes times. */
export function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z')
}
