/** What all scenarios act on: one cluster, Sluice in it by helm, and an application of three Pods. */
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { ApiError, type KubeObject } from '../harness/api-client.ts'
import { environment } from '../harness/environment.ts'
import { installSluice, SLUICE_NAMESPACE, SLUICE_SERVICE } from '../harness/install.ts'
import { LocalCluster } from '../harness/local-cluster.ts'
import { until } from '../harness/until.ts'
import { createWorkload, rolledOut } from '../harness/workload.ts'
import { type Backend, type EventObject, type IngressObject, ingress, pathOf } from './objects.ts'

export const APP_NAMESPACE = 'shop'
export const APP: Backend = { name: 'web', port: 80 }
export const APP_HOST = 'app.test'
/** As a Service of its own, whatever else scenarios do to the first one. */
export const OTHER: Backend = { name: 'other', port: 80 }
/** Time for endpoints to be taken out everywhere, as long as it takes here. */
const DRAIN_MS = '3000'

/** Seconds of draining that a test has patience for; shorter than a user's, and otherwise the same. */
export const SHORT_DRAIN = ['controller.drain.delaySeconds=4', 'controller.drain.timeoutSeconds=20']

/** Where TCP and UDP services lead to, as their ConfigMaps have it; layer4.ts has what is there. */
export const LINES = { tcp: 'shop/lines:tcp', udp: 'shop/lines:udp' }
/** Values of the chart for them, and all values where there is no reason for others. */
export const LAYER4 = { tcp: { 7000: LINES.tcp }, udp: { 7000: LINES.udp } }
export const VALUES = [...SHORT_DRAIN, `tcp.7000=${LINES.tcp}`, `udp.7000=${LINES.udp}`]

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface Pod extends KubeObject {
  readonly status: {
    readonly podIP?: string
    readonly containerStatuses?: readonly { readonly restartCount: number; readonly ready: boolean }[]
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly lastTransitionTime?: string
    }[]
  }
}

export class Stage {
  readonly cluster: LocalCluster
  /** All of the volumes, instead of about a tenth. */
  readonly full = environment.full
  /** Where clients find Sluice: the address of a load balancer. */
  url = ''

  /** @param set values of the chart. */
  static async open(set = SHORT_DRAIN): Promise<Stage> {
    const cluster = await LocalCluster.start()
    const stage = new Stage(cluster)
    try {
      await stage.#fill(set)
    } catch (error) {
      await cluster.close()
      throw error
    }
    return stage
  }

  private constructor(cluster: LocalCluster) {
    this.cluster = cluster
  }

  get client() {
    return this.cluster.client
  }

  close(): Promise<void> {
    return this.cluster.close()
  }

  /** Creates an object, or makes it what is given. */
  async put(object: KubeObject): Promise<void> {
    const query = 'fieldManager=e2e&force=true'
    await this.client.patch(`${pathOf(object)}?${query}`, object, 'apply')
  }

  async remove(object: KubeObject): Promise<void> {
    await this.client.delete(pathOf(object)).catch((error) => {
      if (!(error instanceof ApiError) || error.status !== 404) throw error
    })
  }

  async read<T extends KubeObject>(object: KubeObject): Promise<T> {
    return await this.client.get<T>(pathOf(object))
  }

  /** Addresses in the status of an Ingress. */
  async addressesOf(ingress: KubeObject): Promise<readonly string[]> {
    const { status } = await this.read<IngressObject>(ingress)
    return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? [])
  }

  async eventsOn(kind: string, name: string): Promise<readonly EventObject[]> {
    const { items } = await this.client.list<EventObject>('/apis/events.k8s.io/v1/events')
    return items.filter(({ regarding }) => regarding.kind === kind && regarding.name === name)
  }

  /** One request on a connection of its own. */
  async get(host: string, path = '/', url = this.url, fields: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const sent = request(
      new URL(path, url),
      { headers: { ...fields, host }, agent: false, timeout: 10_000 },
      (response) => {
        const { statusCode: status = 0, headers } = response
        text(response).then((body) => resolve({ status, headers, body }), reject)
      },
    )
    sent.on('timeout', () => sent.destroy(new Error('no answer for 10 s')))
    sent.on('error', reject)
    sent.end()
    return await promise
  }

  /** Waits until requests are answered so, whichever replica answers. */
  async answers(host: string, status: number, path = '/', forMs = 30_000): Promise<void> {
    const inARow = 6
    await until({ what: `${status} of ${host}${path}`, forMs }, async () => {
      for (let i = 0; i < inARow; i++) {
        const answer = await this.get(host, path)
        if (answer.status !== status) throw new Error(`it is ${answer.status}`)
      }
      return true
    })
  }

  /** Pods of Sluice that are ready and not about to end. */
  async replicas(namespace = SLUICE_NAMESPACE): Promise<readonly Pod[]> {
    const labels = 'labelSelector=app.kubernetes.io/name%3Dsluice'
    const { items } = await this.client.list<Pod>(`/api/v1/namespaces/${namespace}/pods?${labels}`)
    return items.filter(
      ({ metadata, status }) =>
        metadata.deletionTimestamp === undefined &&
        status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    )
  }

  /**
   * Waits until both replicas are ready. It can take a while: after an API server was away the controllers of the
   * cluster look at it again only now and then, and a Deployment's own status may be as old as that.
   */
  async calm(): Promise<readonly Pod[]> {
    return await until({ what: 'two replicas', forMs: 120_000 }, async () => {
      const replicas = await this.replicas()
      return replicas.length === 2 ? replicas : undefined
    })
  }

  /** A page of a replica's admin port. */
  async admin(pod: Pod, page: string): Promise<string> {
    const { body, status } = await this.get('admin', page, `http://${pod.status.podIP}:10254`)
    if (status !== 200) throw new Error(`${page} of ${pod.metadata.name}: ${status}`)
    return body
  }

  async #fill(set: readonly string[]): Promise<void> {
    const { cluster } = this
    const variables = { DRAIN_MS }
    const pod = { terminationGracePeriodSeconds: 15 }
    for (const { name } of [APP, OTHER]) {
      const replicas = name === APP.name ? 3 : 1
      await createWorkload(cluster, { namespace: APP_NAMESPACE, name, replicas, variables, pod })
    }
    await installSluice(cluster, { set })
    this.url = (await cluster.addressOf(SLUICE_NAMESPACE, SLUICE_SERVICE)).http
    for (const { name } of [APP, OTHER]) await rolledOut(cluster, APP_NAMESPACE, name)
    await this.put(ingress('app', [{ host: APP_HOST, backend: APP }]))
    await this.answers(APP_HOST, 200)
  }
}
