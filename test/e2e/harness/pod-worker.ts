/** One Pod on its node, from its place in the network to its last word. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { V1Container } from '@kubernetes/client-node'
import { type ApiClient, ApiError } from './api-client.ts'
import { Container, now, type RestartPolicy } from './container.ts'
import type { Mount } from './container-root.ts'
import { openHostPorts } from './host-ports.ts'
import { findImage, type ImageTable } from './images.ts'
import type { Network, Place } from './network.ts'
import { type Pod, PodContext } from './pod-context.ts'
import { type PodCondition, podStatus } from './pod-status.ts'
import { StatusReport } from './status-report.ts'
import type { TcpRelay } from './tcp-relay.ts'
import { Volumes } from './volumes.ts'

const RETRY_MS = 500
const DEFAULT_GRACE_S = 30

export interface PodWorkerInit {
  readonly pod: Pod
  readonly client: ApiClient
  readonly network: Network
  readonly images: ImageTable
  readonly hostAddress: string
  readonly apiServer: { readonly host: string; readonly port: number }
  /** For volumes and layers; goes with the sandbox. */
  readonly folder: string
  /** Gets a file for each container. */
  readonly logs: string
}

export class PodWorker {
  readonly #init: PodWorkerInit
  readonly #startTime = now()
  readonly #report: StatusReport
  readonly #starting: Promise<void>
  readonly #changed = new Set<() => void>()
  #pod: Pod
  #place: Place | undefined
  #volumes: Volumes | undefined
  #initContainers: readonly Container[] = []
  #containers: readonly Container[] = []
  #hostPorts: readonly TcpRelay[] = []
  #initialized = false
  #conditions: readonly PodCondition[] = []
  #cutOff = false
  #isGone = false
  #ending: Promise<void> | undefined

  constructor(init: PodWorkerInit) {
    this.#init = init
    this.#pod = init.pod
    const { client, pod } = init
    const cutOff = () => this.#cutOff
    this.#report = new StatusReport({ client, metadata: pod.metadata, read: () => this.#status(), cutOff })
    this.#starting = this.#start().catch((error: Error) => {
      process.stderr.write(`pod ${pod.metadata.namespace}/${pod.metadata.name}: ${error.message}\n`)
    })
  }

  get pod(): Pod {
    return this.#pod
  }

  get cutOff(): boolean {
    return this.#cutOff
  }

  get containers(): readonly Container[] {
    return this.#containers
  }

  /** Another version of the Pod; one that is to go ends. */
  update(pod: Pod): void {
    this.#pod = pod
    // A node that is cut off learns of it later.
    if (this.#cutOff) return
    const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata
    if (deletionTimestamp !== undefined) void this.end(deletionGracePeriodSeconds ?? this.#graceSeconds())
    else if ((pod.spec.readinessGates ?? []).length > 0) void this.#report.send()
  }

  /** Cuts its node off: nothing reaches the Pod, nobody asks for its health, nothing new is told of it. */
  async cut(): Promise<void> {
    this.#cutOff = true
    if (this.#place !== undefined) await this.#init.network.cut(this.#place)
  }

  async mend(): Promise<void> {
    if (this.#place !== undefined) await this.#init.network.mend(this.#place)
    this.#cutOff = false
    if (this.#isGone) return await this.vanish()
    this.update(this.#pod)
    void this.#report.send()
  }

  /** Its object is no more: what runs ends as soon as its node can know. */
  async gone(): Promise<void> {
    this.#isGone = true
    if (!this.#cutOff) await this.vanish()
  }

  /** Ends all containers within their grace, tells so, and lets the Pod's object go. */
  end(graceSeconds: number): Promise<void> {
    this.#ending ??= this.#end(graceSeconds)
    return this.#ending
  }

  /** Ends at once and tells nobody. */
  async vanish(): Promise<void> {
    this.#report.stop()
    await this.end(0)
  }

  async #start(): Promise<void> {
    const { network, pod, client, hostAddress, apiServer, folder } = this.#init
    this.#place = await network.add(pod.spec.hostNetwork === true ? hostAddress : undefined)
    const context = new PodContext({ client, pod, address: this.#address(), hostAddress, apiServer })
    this.#volumes = new Volumes(context, join(folder, 'volumes'))
    this.#initContainers = (pod.spec.initContainers ?? []).map((spec) => this.#container(spec, context))
    this.#containers = pod.spec.containers.map((spec) => this.#container(spec, context))
    void this.#report.send()
    await this.#openVolumes(this.#volumes)
    await this.#initialize()
    if (this.#ending !== undefined || !this.#initialized) return
    this.#hostPorts = await openHostPorts(pod, hostAddress, this.#place.address)
    await Promise.all(this.#containers.map((each) => each.start(this.#policy())))
  }

  /** By which it is known. */
  #address(): string {
    if (this.#pod.spec.hostNetwork === true) return this.#init.hostAddress
    return this.#place?.address ?? ''
  }

  /** What a volume refers to may come later. */
  async #openVolumes(volumes: Volumes): Promise<void> {
    while (this.#ending === undefined) {
      try {
        return await volumes.open()
      } catch (error) {
        for (const container of this.#containers) container.wait((error as Error).message)
        await sleep(RETRY_MS)
      }
    }
  }

  /** One after the other; one that is to stay beside the others (`restartPolicy: Always`) only has to have started. */
  async #initialize(): Promise<void> {
    for (const [i, container] of this.#initContainers.entries()) {
      if (this.#ending !== undefined) return
      const stays = this.#pod.spec.initContainers?.[i]?.restartPolicy === 'Always'
      await container.start(stays ? 'Always' : this.#policy() === 'Never' ? 'Never' : 'OnFailure')
      await this.#until(() => (stays ? container.started : container.state.kind === 'terminated'))
      if (container.state.kind === 'terminated' && container.state.exit.code !== 0) return
    }
    this.#initialized = true
    void this.#report.send()
  }

  #until(holds: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const check = () => {
      if (!holds() && this.#ending === undefined) return
      this.#changed.delete(check)
      resolve()
    }
    this.#changed.add(check)
    check()
    return promise
  }

  async #end(graceSeconds: number): Promise<void> {
    for (const check of [...this.#changed]) check()
    const graceMs = graceSeconds * 1_000
    const all = () => [...this.#initContainers, ...this.#containers]
    await Promise.all(all().map((each) => each.stop(graceMs)))
    await this.#starting
    // What was started meanwhile.
    await Promise.all(all().map((each) => each.stop(0)))
    await this.#report.send().catch(() => {})
    this.#volumes?.close()
    for (const relay of this.#hostPorts) relay.close()
    if (this.#place !== undefined) await this.#init.network.remove(this.#place)
    await this.#release()
  }

  /** The API server deletes the object once its node has let go of it. */
  async #release(): Promise<void> {
    const { namespace, name, uid } = this.#pod.metadata
    while (this.#report.active && this.#pod.metadata.deletionTimestamp !== undefined) {
      try {
        const body = { gracePeriodSeconds: 0, preconditions: { uid } }
        await this.#init.client.delete(`/api/v1/namespaces/${namespace}/pods/${name}`, body)
        return
      } catch (error) {
        if (error instanceof ApiError && (error.status === 404 || error.status === 409)) return
        await sleep(RETRY_MS)
      }
    }
  }

  #container(spec: V1Container, context: PodContext): Container {
    const { folder, logs, images } = this.#init
    mkdirSync(logs, { recursive: true })
    const { address, namespace: network } = this.#place!
    return new Container({
      spec,
      image: findImage(images, spec.image ?? ''),
      context,
      address,
      network,
      mounts: this.#mounts(spec),
      graceMs: this.#graceSeconds() * 1_000,
      folder: join(folder, spec.name),
      log: join(logs, `${spec.name}.log`),
      cutOff: () => this.#cutOff,
      onChange: () => this.#onChange(),
    })
  }

  #onChange(): void {
    for (const check of [...this.#changed]) check()
    void this.#report.send()
  }

  #mounts({ volumeMounts = [] }: V1Container): readonly Mount[] {
    return volumeMounts.map(({ name, mountPath, subPath, readOnly }) => {
      const volume = (this.#pod.spec.volumes ?? []).find((each) => each.name === name)
      const isWritable = volume?.emptyDir !== undefined || volume?.hostPath !== undefined
      const from = join(this.#volumes!.pathOf(name), subPath ?? '')
      return { from, to: mountPath, readOnly: readOnly === true || !isWritable }
    })
  }

  #policy(): RestartPolicy {
    return (this.#pod.spec.restartPolicy ?? 'Always') as RestartPolicy
  }

  #graceSeconds(): number {
    return this.#pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_S
  }

  #status(): object {
    const { hostAddress } = this.#init
    const status = podStatus({
      pod: this.#pod,
      initContainers: this.#initContainers,
      containers: this.#containers,
      initialized: this.#initialized,
      address: this.#address(),
      hostAddress,
      startTime: this.#startTime,
      now: now(),
      previous: this.#conditions,
    })
    this.#conditions = status.conditions
    return status
  }
}
