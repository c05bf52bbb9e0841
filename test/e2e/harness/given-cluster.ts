/** A cluster that is there already, with Sluice installed: kind, a test cluster of a team, any. */
import { ApiClient } from './api-client.ts'
import { environment } from './environment.ts'
import { readKubeconfig } from './kubeconfig.ts'
import { serviceAddress } from './service-address.ts'
import type { ServiceAddress, TestCluster } from './test-cluster.ts'

export class GivenCluster implements TestCluster {
  readonly enter = []
  readonly kubeconfig: string
  readonly client: ApiClient
  /** Those of whoever has such a cluster. */
  readonly binaries = { kubectl: 'kubectl', helm: 'helm' }

  /** @throws Error where the file leads to no cluster. */
  static async open(kubeconfig: string): Promise<GivenCluster> {
    return new GivenCluster(kubeconfig, new ApiClient(await readKubeconfig(kubeconfig)))
  }

  private constructor(kubeconfig: string, client: ApiClient) {
    this.kubeconfig = kubeconfig
    this.client = client
  }

  /** `E2E_HTTP` and `E2E_HTTPS` know better than a status where a port is mapped to this machine. */
  async addressOf(namespace: string, service: string): Promise<ServiceAddress> {
    const { http, https } = environment
    if (http !== undefined) return { http, https: https ?? http.replace(/^http:/, 'https:') }
    return await serviceAddress(this.client, namespace, service)
  }

  async close(): Promise<void> {
    this.client.close()
  }
}
