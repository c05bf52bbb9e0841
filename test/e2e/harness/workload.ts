/** Deployments of the test backend, with a Service: what most tests put behind an Ingress. */
import type {
  V1Container,
  V1Deployment,
  V1PodSpec,
  V1RollingUpdateDeployment,
  V1ServiceSpec,
} from '@kubernetes/client-node'
import { ApiError, type KubeObject } from './api-client.ts'
import type { TestCluster } from './test-cluster.ts'
import { until } from './until.ts'

export interface WorkloadSpec {
  readonly namespace: string
  readonly name: string
  readonly replicas: number
  readonly image?: string
  /** Beside the name of the Pod. */
  readonly variables?: Readonly<Record<string, string>>
  readonly container?: Partial<V1Container>
  readonly pod?: Partial<V1PodSpec>
  readonly service?: Partial<V1ServiceSpec>
  /** How Pods are replaced: one by one where nothing is said. */
  readonly rollingUpdate?: V1RollingUpdateDeployment
}

const PORT = 8080

/** The objects as YAML would have them. */
export function workload(spec: WorkloadSpec): { readonly deployment: KubeObject; readonly service: KubeObject } {
  const { namespace, name, replicas } = spec
  const metadata = { namespace, name, labels: { app: name } }
  const selector = { app: name }
  const template = { metadata: { labels: selector }, spec: podSpec(spec) }
  const strategy = { rollingUpdate: spec.rollingUpdate ?? { maxSurge: 1, maxUnavailable: 0 } }
  const deployment = { replicas, selector: { matchLabels: selector }, strategy, template }
  const ports = [{ name: 'http', port: 80, targetPort: 'http' }]
  return {
    deployment: { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: deployment } as KubeObject,
    service: { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector, ports, ...spec.service } } as KubeObject,
  }
}

function podSpec({ image = 'backend', variables = {}, container, pod }: WorkloadSpec): object {
  const env = [
    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ...Object.entries(variables).map(([key, value]) => ({ name: key, value })),
  ]
  // Quick to say that it is not ready, and patient with one that waits for its turn on a busy machine.
  const patience = { periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 10 }
  const readinessProbe = { httpGet: { path: '/healthz', port: 'http' }, ...patience }
  const ports = [{ name: 'http', containerPort: PORT }]
  return { containers: [{ name: 'backend', image, env, ports, readinessProbe, ...container }], ...pod }
}

/** Creates a namespace unless it is there, and waits until Pods are accepted in it. */
export async function createNamespace({ client }: TestCluster, name: string): Promise<void> {
  await ensure(client.create('/api/v1/namespaces', { metadata: { name } }))
  const what = `the default ServiceAccount of namespace ${name}`
  await until({ what }, () => client.get(`/api/v1/namespaces/${name}/serviceaccounts/default`))
}

/** Creates namespace, Deployment and Service, those that are not there yet. */
export async function createWorkload(cluster: TestCluster, spec: WorkloadSpec): Promise<void> {
  const { client } = cluster
  const { deployment, service } = workload(spec)
  const { namespace } = spec
  await createNamespace(cluster, namespace)
  await ensure(client.create(`/apis/apps/v1/namespaces/${namespace}/deployments`, deployment))
  await ensure(client.create(`/api/v1/namespaces/${namespace}/services`, service))
}

async function ensure(creation: Promise<unknown>): Promise<void> {
  await creation.catch((error) => {
    if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error
  })
}

/** Waits until a Deployment is as it is asked to be: all replicas new and available, none left of the old ones. */
export async function rolledOut(
  { client }: TestCluster,
  namespace: string,
  name: string,
  forMs = 60_000,
): Promise<void> {
  const what = `deployment ${namespace}/${name} rolled out`
  await until({ what, forMs }, async () => {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`
    const { metadata, spec, status = {} } = await client.get<KubeObject & V1Deployment>(path)
    const wanted = spec?.replicas ?? 1
    const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status
    const isCurrent = observedGeneration >= (metadata.generation ?? 0)
    return (isCurrent && [replicas, updatedReplicas, availableReplicas].every((n) => n === wanted)) || undefined
  })
}
