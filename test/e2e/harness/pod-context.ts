/** What a container may know of its Pod and of the cluster. */
import type { V1PodSpec, V1PodStatus } from '@kubernetes/client-node'
import type { ApiClient, KubeObject } from './api-client.ts'

export interface Pod extends KubeObject {
  readonly spec: V1PodSpec
  readonly status?: V1PodStatus
}

export interface PodContextSpec {
  readonly client: ApiClient
  readonly pod: Pod
  readonly address: string
  readonly hostAddress: string
  /** Where Pods find the API server. */
  readonly apiServer: { readonly host: string; readonly port: number }
}

export class PodContext {
  readonly client: ApiClient
  readonly pod: Pod
  readonly serviceVariables: Readonly<Record<string, string>>
  readonly #fields: Readonly<Record<string, string>>

  constructor({ client, pod, address, hostAddress, apiServer }: PodContextSpec) {
    this.client = client
    this.pod = pod
    this.serviceVariables = {
      KUBERNETES_SERVICE_HOST: apiServer.host,
      KUBERNETES_SERVICE_PORT: String(apiServer.port),
      KUBERNETES_SERVICE_PORT_HTTPS: String(apiServer.port),
    }
    const { metadata, spec } = pod
    this.#fields = {
      'metadata.name': metadata.name,
      'metadata.namespace': metadata.namespace ?? '',
      'metadata.uid': metadata.uid ?? '',
      'metadata.labels': lines(metadata.labels),
      'metadata.annotations': lines(metadata.annotations),
      'spec.nodeName': spec.nodeName ?? '',
      'spec.serviceAccountName': spec.serviceAccountName ?? 'default',
      'status.hostIP': hostAddress,
      'status.hostIPs': hostAddress,
      'status.podIP': address,
      'status.podIPs': address,
    }
  }

  /**
   * A field of the downward API: `metadata.name`, `metadata.labels['app']`, ...
   * @throws Error naming a field that is not one.
   */
  field(path: string): string {
    const [, kind, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? []
    if (key !== undefined) return this.pod.metadata[kind as 'labels' | 'annotations']?.[key] ?? ''
    const value = this.#fields[path]
    if (value === undefined)
      throw new Error(`fieldRef ${path}: expected one of ${Object.keys(this.#fields).join(', ')}`)
    return value
  }
}

function lines(entries: Readonly<Record<string, string>> = {}): string {
  return Object.entries(entries)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n')
}
