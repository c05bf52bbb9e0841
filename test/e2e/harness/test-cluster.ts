/** What tests need of a cluster, whichever it is. */
import type { ApiClient } from './api-client.ts'
import { run } from './command.ts'

export interface TestCluster {
  /** A file that makes its reader an administrator. */
  readonly kubeconfig: string
  /** Words before a command that is to reach the cluster from outside of this process. */
  readonly enter: readonly string[]
  readonly client: ApiClient
  readonly binaries: { readonly kubectl: string; readonly helm: string }
  /**
   * Where a Service is reached from outside of the cluster, once it is.
   * @throws Error where nobody gives it an address in time.
   */
  addressOf(namespace: string, service: string): Promise<ServiceAddress>
  close(): Promise<void>
}

/** URLs without a path. */
export interface ServiceAddress {
  readonly http: string
  readonly https: string
}

/** @returns what it wrote to stdout. */
export async function kubectl(cluster: TestCluster, args: readonly string[], input?: string): Promise<string> {
  const variables = { KUBECONFIG: cluster.kubeconfig }
  return await run([cluster.binaries.kubectl, ...args], { variables, ...(input === undefined ? {} : { input }) })
}

/** @returns what it wrote to stdout. */
export async function helm(cluster: TestCluster, args: readonly string[]): Promise<string> {
  return await run([cluster.binaries.helm, ...args], { variables: { KUBECONFIG: cluster.kubeconfig } })
}
