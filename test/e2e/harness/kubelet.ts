/** Stands in for scheduler and kubelets: Pods get a node, and become processes. */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ApiClient } from './api-client.ts'
import type { ImageTable } from './images.ts'
import { LogServer } from './log-server.ts'
import type { Network } from './network.ts'
import { NODES, Nodes } from './nodes.ts'
import type { KeyPair } from './pki.ts'
import type { Pod } from './pod-context.ts'
import { PodWorker } from './pod-worker.ts'
import { chooseNode, type Node } from './scheduling.ts'
import { until } from './until.ts'
import { Watcher } from './watcher.ts'

export interface KubeletInit {
  readonly client: ApiClient
  readonly network: Network
  readonly images: ImageTable
  /** Where Pods find the API server. */
  readonly apiServer: { readonly host: string; readonly port: number }
  /** Of all nodes, for the API server. */
  readonly certificate: KeyPair
  /** For what Pods keep on disk; in memory. */
  readonly folder: string
  /** Gets a folder for each Pod: `namespace_name`. */
  readonly logs: string
}

export class Kubelet {
  readonly #init: KubeletInit
  readonly #pods: Watcher<Pod>
  readonly #nodes: Watcher<Node>
  readonly #workers = new Map<string, PodWorker>()
  /** Node names of Pods whose binding the watch has not shown yet. */
  readonly #bound = new Map<string, string>()
  #registered: Nodes | undefined
  #logServer: LogServer | undefined
  #closed = false

  static async start(init: KubeletInit): Promise<Kubelet> {
    const kubelet = new Kubelet(init)
    kubelet.#logServer = await LogServer.listen(init.certificate, (...of) => kubelet.logOf(...of))
    kubelet.#registered = await Nodes.register(init.client, init.network)
    await kubelet.#nodes.start()
    // The control plane keeps Pods from a node until it has seen it ready.
    const isOpen = ({ spec }: Node) => (spec?.taints ?? []).length === 0
    await until({ what: 'all nodes are ready' }, () => [...kubelet.#nodes.objects].every(isOpen) || undefined)
    await kubelet.#pods.start()
    return kubelet
  }

  private constructor(init: KubeletInit) {
    this.#init = init
    const { client } = init
    this.#pods = new Watcher<Pod>({
      client,
      path: '/api/v1/pods',
      onSet: (pod) => this.#onPod(pod),
      onGone: (pod) => void this.#onGone(pod),
    })
    this.#nodes = new Watcher<Node>({
      client,
      path: '/api/v1/nodes',
      onSet: () => this.#bindAll(),
      onGone: () => {},
    })
  }

  /** @throws Error where no such Pod runs here. */
  worker(namespace: string, name: string): PodWorker {
    const found = [...this.#workers.values()].find(
      ({ pod: { metadata } }) => metadata.namespace === namespace && metadata.name === name,
    )
    if (found === undefined) throw new Error(`pod ${namespace}/${name}: does not run here`)
    return found
  }

  /** File that a container writes to, of all its runs. */
  logOf(namespace: string, pod: string, container: string): string {
    return join(this.#init.logs, `${namespace}_${pod}`, `${container}.log`)
  }

  /** Such files of all Pods whose names begin so, also of those that are gone: by Pod. */
  logsOf(namespace: string, prefix: string, container: string): ReadonlyMap<string, string> {
    const folders = readdirSync(this.#init.logs).filter((name) => name.startsWith(`${namespace}_${prefix}`))
    const pods = folders.map((name) => name.slice(namespace.length + 1))
    return new Map(pods.map((pod) => [pod, this.logOf(namespace, pod, container)]))
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#pods.stop()
    this.#nodes.stop()
    this.#registered?.close()
    this.#logServer?.close()
    await Promise.all([...this.#workers.values()].map((worker) => worker.vanish()))
  }

  #onPod(pod: Pod): void {
    if (this.#closed) return
    const uid = pod.metadata.uid ?? ''
    if (pod.spec.nodeName === undefined) return void this.#bind(pod)
    this.#bound.delete(uid)
    const worker = this.#workers.get(uid)
    if (worker !== undefined) return worker.update(pod)
    const node = NODES.find(({ name }) => name === pod.spec.nodeName)
    if (node === undefined || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return
    this.#work(pod, node.address)
  }

  #work(pod: Pod, hostAddress: string): void {
    const { metadata } = pod
    const { folder, logs, client, network, images, apiServer } = this.#init
    const own = join(folder, metadata.uid ?? '')
    mkdirSync(own, { recursive: true })
    const worker = new PodWorker({
      ...{ pod, client, network, images, apiServer, hostAddress },
      folder: own,
      logs: join(logs, `${metadata.namespace}_${metadata.name}`),
    })
    this.#workers.set(metadata.uid ?? '', worker)
    worker.update(pod)
  }

  async #onGone({ metadata }: Pod): Promise<void> {
    const uid = metadata.uid ?? ''
    this.#bound.delete(uid)
    const worker = this.#workers.get(uid)
    await worker?.gone()
    if (worker?.cutOff === false) this.#workers.delete(uid)
    this.#bindAll()
  }

  #bindAll(): void {
    for (const pod of this.#pods.objects) if (pod.spec.nodeName === undefined) void this.#bind(pod)
  }

  async #bind(pod: Pod): Promise<void> {
    const { namespace, name, uid = '', deletionTimestamp } = pod.metadata
    if (this.#bound.has(uid) || deletionTimestamp !== undefined) return
    const placed = [...this.#pods.objects].map((each) => {
      const nodeName = this.#bound.get(each.metadata.uid ?? '')
      return nodeName === undefined ? each : { ...each, spec: { ...each.spec, nodeName } }
    })
    const node = chooseNode(pod, [...this.#nodes.objects], placed)
    if (node === undefined) return
    this.#bound.set(uid, node)
    const target = { apiVersion: 'v1', kind: 'Node', name: node }
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/binding`
    const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target }
    await this.#init.client.create(path, body).catch(() => {
      this.#bound.delete(uid)
      // The next event of any Pod or node tries again; this one makes sure that there is one.
      if (!this.#closed) setTimeout(() => this.#bindAll(), 500).unref()
    })
  }
}
