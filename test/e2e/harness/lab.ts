/** A cluster with one namespace, in which tests of the harness try things out. */
import { readFileSync } from 'node:fs'
import type { V1Container } from '@kubernetes/client-node'
import { LocalCluster } from './local-cluster.ts'
import type { Pod } from './pod-context.ts'
import { until } from './until.ts'
import { createNamespace, createWorkload, rolledOut, type WorkloadSpec } from './workload.ts'

const ANSWER_MS = 5_000

/** What the test backend answers. */
export interface Answer {
  readonly pod: string
  readonly headers: Readonly<Record<string, string>>
}

/** On a connection of its own. */
export async function ask(url: string): Promise<Answer> {
  const response = await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(ANSWER_MS) })
  return (await response.json()) as Answer
}

export class Lab {
  readonly cluster: LocalCluster
  readonly #namespace: string

  static async open(namespace: string): Promise<Lab> {
    const cluster = await LocalCluster.start()
    await createNamespace(cluster, namespace)
    return new Lab(cluster, namespace)
  }

  private constructor(cluster: LocalCluster, namespace: string) {
    this.cluster = cluster
    this.#namespace = namespace
  }

  close(): Promise<void> {
    return this.cluster.close()
  }

  /** Resolves once it is rolled out. */
  async deploy(spec: Omit<WorkloadSpec, 'namespace'>): Promise<void> {
    await createWorkload(this.cluster, { namespace: this.#namespace, ...spec })
    await rolledOut(this.cluster, this.#namespace, spec.name)
  }

  async podsOf(deployment: string): Promise<readonly Pod[]> {
    return (await this.cluster.client.list<Pod>(`${this.#pods()}?labelSelector=app%3D${deployment}`)).items
  }

  /** @throws Error where there is not exactly one. */
  async podOf(deployment: string): Promise<Pod> {
    const [pod, ...others] = await this.podsOf(deployment)
    if (pod === undefined || others.length > 0)
      throw new Error(`${deployment}: expected one Pod, not ${others.length + 1}`)
    return pod
  }

  /**
   * Runs a script in a Pod to its end.
   * @returns the lines that it wrote.
   */
  async outputOf(
    name: string,
    script: string,
    { pod, container }: { readonly pod?: Partial<Pod['spec']>; readonly container?: Partial<V1Container> } = {},
  ): Promise<readonly string[]> {
    const { client, kubelet } = this.cluster
    const main = { name: 'main', image: 'backend', command: ['sh', '-c', script], ...container }
    const body = { metadata: { name }, spec: { restartPolicy: 'Never', containers: [main], ...pod } }
    await client.create(this.#pods(), body)
    await until({ what: `pod ${name} at its end` }, async () => {
      const { status } = await client.get<Pod>(`${this.#pods()}/${name}`)
      return status?.phase === 'Succeeded' || status?.phase === 'Failed' || undefined
    })
    return readFileSync(kubelet.logOf(this.#namespace, name, 'main'), 'utf8')
      .trimEnd()
      .split('\n')
  }

  #pods(): string {
    return `/api/v1/namespaces/${this.#namespace}/pods`
  }
}
