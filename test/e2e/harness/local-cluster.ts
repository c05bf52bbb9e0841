/** A cluster on this machine: a real control plane, and stand-ins for what needs machines. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { ApiClient } from './api-client.ts'
import { API_RELAY, ApiRelay } from './api-relay.ts'
import { type Binaries, provideBinaries } from './binaries.ts'
import { ControlPlane } from './control-plane.ts'
import { environment } from './environment.ts'
import { type ImageTable, imageTable } from './images.ts'
import { Kubelet } from './kubelet.ts'
import { LoadBalancer } from './load-balancer.ts'
import { Network } from './network.ts'
import { enterPrefix } from './sandbox.ts'
import { serviceAddress } from './service-address.ts'
import type { ServiceAddress, TestCluster } from './test-cluster.ts'

/** In memory, and gone with the sandbox. */
const PODS_FOLDER = '/run/sluice-e2e'

interface Parts {
  readonly network: Network
  readonly controlPlane: ControlPlane
  readonly apiRelay: ApiRelay
  readonly kubelet: Kubelet
  readonly loadBalancer: LoadBalancer
}

export interface LocalClusterSpec {
  readonly images?: ImageTable
}

export class LocalCluster implements TestCluster {
  readonly enter = enterPrefix()
  readonly binaries: Binaries
  /** For logs, state and keys; goes with the cluster. */
  readonly folder: string
  readonly controlPlane: ControlPlane
  /** Between Pods and the API server. */
  readonly apiRelay: ApiRelay
  readonly kubelet: Kubelet
  readonly network: Network
  readonly #loadBalancer: LoadBalancer

  /** @throws Error outside of a sandbox. */
  static async start({ images = imageTable(environment.images) }: LocalClusterSpec = {}): Promise<LocalCluster> {
    if (environment.sandbox === undefined) {
      throw new Error('a cluster of this machine lives in a sandbox: run `npm run test:e2e` or `npm run cluster`')
    }
    const binaries = await provideBinaries((line) => process.stderr.write(`${line}\n`))
    const folder = mkdtempSync(join(tmpdir(), 'cluster-'))
    const network = await Network.create()
    const closers: (() => unknown)[] = [() => network.close()]
    const opened = <T extends { close(): unknown }>(part: T): T => {
      closers.unshift(() => part.close())
      return part
    }
    try {
      const controlPlane = opened(await ControlPlane.start({ binaries, folder }))
      const apiRelay = opened(await ApiRelay.listen())
      const { client } = controlPlane
      const logs = join(folder, 'logs')
      mkdirSync(logs)
      const { certificate } = controlPlane
      const kubelet = opened(
        await Kubelet.start({ client, network, images, apiServer: API_RELAY, certificate, folder: PODS_FOLDER, logs }),
      )
      const loadBalancer = opened(await LoadBalancer.start(client, network))
      return new LocalCluster(binaries, folder, { network, controlPlane, apiRelay, kubelet, loadBalancer })
    } catch (error) {
      for (const close of closers) await close()
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  private constructor(binaries: Binaries, folder: string, parts: Parts) {
    this.binaries = binaries
    this.folder = folder
    this.network = parts.network
    this.controlPlane = parts.controlPlane
    this.apiRelay = parts.apiRelay
    this.kubelet = parts.kubelet
    this.#loadBalancer = parts.loadBalancer
  }

  get client(): ApiClient {
    return this.controlPlane.client
  }

  get kubeconfig(): string {
    return this.controlPlane.kubeconfig
  }

  async addressOf(namespace: string, service: string): Promise<ServiceAddress> {
    return await serviceAddress(this.client, namespace, service)
  }

  async close(): Promise<void> {
    await this.#loadBalancer.close()
    await this.kubelet.close()
    this.apiRelay.close()
    await this.controlPlane.close()
    await this.network.close()
    this.#keepLogs()
    rmSync(this.folder, { recursive: true, force: true })
    rmSync(PODS_FOLDER, { recursive: true, force: true })
  }

  /** Of the control plane and of all Pods; never keys. */
  #keepLogs(): void {
    if (environment.logs === undefined) return
    const target = join(environment.logs, basename(this.folder))
    const filter = (path: string) => statSync(path).isDirectory() || path.endsWith('.log')
    for (const name of readdirSync(this.folder).filter((each) => each === 'logs' || each.endsWith('.log'))) {
      cpSync(join(this.folder, name), join(target, name), { recursive: true, filter })
    }
  }
}
