/** etcd, API server and controller manager, each a process that can be ended and started again by itself. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiClient } from './api-client.ts'
import type { Binaries } from './binaries.ts'
import { Child } from './child.ts'
import { apiServerArgs, COMPACT_BODY, controllerManagerArgs, ETCD_URL, etcdArgs, SERVER } from './control-plane-args.ts'
import { variablesWith } from './environment.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { HOST_ADDRESS } from './network.ts'
import { Authority, type KeyPair } from './pki.ts'

const READY_MS = 60_000
const POLL_MS = 100
const GRACE_MS = 10_000

export interface ControlPlaneSpec {
  readonly binaries: Binaries
  /** For keys, state and logs. */
  readonly folder: string
}

export interface Certificates {
  readonly authority: Authority
  readonly server: KeyPair
  readonly admin: KeyPair
  readonly controllerManager: KeyPair
  readonly tokens: { readonly privateKey: string; readonly publicKey: string }
}

type Part = 'etcd' | 'kube-apiserver' | 'kube-controller-manager'

export class ControlPlane {
  /** As a member of system:masters. */
  readonly client: ApiClient
  readonly kubeconfig: string
  /** Of whoever trusts the API server. */
  readonly ca: string
  /** Serves for whoever is asked by the API server. */
  readonly certificate: KeyPair
  /** One JSON line for each request but those of the cluster's own parts and of the harness. */
  readonly auditLog: string
  readonly #spec: ControlPlaneSpec
  readonly #commands: Readonly<Record<Part, readonly string[]>>
  readonly #running = new Map<Part, Child>()

  static async start(spec: ControlPlaneSpec): Promise<ControlPlane> {
    const controlPlane = new ControlPlane(spec, await issueCertificates(spec.folder))
    try {
      await controlPlane.#start()
    } catch (error) {
      await controlPlane.close()
      throw error
    }
    return controlPlane
  }

  private constructor(spec: ControlPlaneSpec, certificates: Certificates) {
    const { binaries, folder } = spec
    const { authority, admin, controllerManager } = certificates
    this.#spec = spec
    this.ca = authority.ca.cert
    this.certificate = certificates.server
    this.auditLog = join(folder, 'audit.log')
    this.kubeconfig = join(folder, 'kubeconfig')
    writeKubeconfig({ file: this.kubeconfig, server: SERVER, ca: this.ca, client: admin })
    const managerConfig = join(folder, 'controller-manager.kubeconfig')
    writeKubeconfig({ file: managerConfig, server: SERVER, ca: this.ca, client: controllerManager })
    this.#commands = {
      etcd: [binaries.etcd, ...etcdArgs(folder)],
      'kube-apiserver': [binaries.apiServer, ...apiServerArgs({ certificates, folder, auditLog: this.auditLog })],
      'kube-controller-manager': [
        binaries.controllerManager,
        ...controllerManagerArgs({ certificates, kubeconfig: managerConfig }),
      ],
    }
    this.client = new ApiClient({
      server: SERVER,
      tls: { ca: pem(this.ca), cert: pem(admin.cert), key: pem(admin.key) },
    })
  }

  /** The API server ends in good order, as in an upgrade; etcd and the controllers stay. */
  async stopApiServer(): Promise<void> {
    await this.#running.get('kube-apiserver')?.stop(GRACE_MS)
  }

  /** The API server breaks off, as when its machine fails. */
  async killApiServer(): Promise<void> {
    await this.#running.get('kube-apiserver')?.kill()
  }

  /** Resolves once it is ready. */
  async startApiServer(): Promise<void> {
    this.#run('kube-apiserver')
    await this.#ready('kube-apiserver', () => this.client.text('/readyz'))
  }

  async stopControllerManager(): Promise<void> {
    await this.#running.get('kube-controller-manager')?.stop(GRACE_MS)
  }

  startControllerManager(): void {
    this.#run('kube-controller-manager')
  }

  /** Makes etcd forget all but the present: older resource versions are gone (410). */
  async compact(): Promise<void> {
    const call = async (path: string, body: object) => {
      const response = await fetch(`${ETCD_URL}${path}`, { method: 'POST', body: JSON.stringify(body) })
      if (!response.ok) throw new Error(`etcd ${path}: ${response.status} ${await response.text()}`)
      return (await response.json()) as { header: { revision: string } }
    }
    const { header } = await call('/v3/maintenance/status', {})
    await call('/v3/kv/compaction', { ...COMPACT_BODY, revision: header.revision })
  }

  async close(): Promise<void> {
    this.client.close()
    // Those that write first, what they write to last.
    for (const part of ['kube-controller-manager', 'kube-apiserver', 'etcd'] as const) {
      await this.#running.get(part)?.kill()
    }
  }

  async #start(): Promise<void> {
    this.#run('etcd')
    await this.startApiServer()
    this.#run('kube-controller-manager')
    // Pods are refused before.
    await this.#ready('kube-controller-manager', () =>
      this.client.get('/api/v1/namespaces/default/serviceaccounts/default'),
    )
  }

  #run(part: Part): void {
    const before = this.#running.get(part)
    if (before !== undefined && before.exit === undefined) throw new Error(`${part} runs already`)
    const log = join(this.#spec.folder, `${part}.log`)
    this.#running.set(part, new Child({ argv: this.#commands[part], variables: variablesWith({}), log }))
  }

  async #ready(part: Part, question: () => Promise<unknown>): Promise<void> {
    const child = this.#running.get(part)!
    const deadline = performance.now() + READY_MS
    let complaint = ''
    while (child.exit === undefined && performance.now() < deadline) {
      const ok = await question().then(
        () => true,
        (error: Error) => {
          complaint = error.message
          return false
        },
      )
      if (ok) return
      await sleep(POLL_MS)
    }
    throw new Error(`${part} is not ready: ${complaint}\n${child.tail()}`)
  }
}

async function issueCertificates(folder: string): Promise<Certificates> {
  const authority = await Authority.create(folder)
  const names = ['IP:127.0.0.1', `IP:${HOST_ADDRESS}`, 'IP:10.96.0.1', 'DNS:kubernetes.default.svc', 'DNS:localhost']
  const [server, admin, controllerManager] = await Promise.all([
    authority.issue({ name: 'server', commonName: 'kube-apiserver', subjectAltName: names.join(',') }),
    authority.issue({ name: 'admin', commonName: 'e2e-admin', organization: 'system:masters' }),
    authority.issue({ name: 'controller-manager', commonName: 'system:kube-controller-manager' }),
  ])
  return { authority, server, admin, controllerManager, tokens: authority.signingKeys('tokens') }
}

function pem(file: string): string {
  return readFileSync(file, 'utf8')
}
