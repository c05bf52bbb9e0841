/** Where a Service of type LoadBalancer is reached, by its status. */
import type { ApiClient } from './api-client.ts'
import type { Service } from './load-balancer.ts'
import type { ServiceAddress } from './test-cluster.ts'
import { until } from './until.ts'

const DEFAULT_PORTS = { http: 80, https: 443 } as const

/** @throws Error where nobody gives it an address in time. */
export async function serviceAddress(client: ApiClient, namespace: string, name: string): Promise<ServiceAddress> {
  const what = `an address of service ${namespace}/${name}`
  const { spec, host } = await until({ what, forMs: 60_000 }, async () => {
    const service = await client.get<Service>(`/api/v1/namespaces/${namespace}/services/${name}`)
    const { ip, hostname } = service.status?.loadBalancer?.ingress?.[0] ?? {}
    const found = ip ?? hostname
    return found === undefined ? undefined : { spec: service.spec, host: found }
  })
  const url = (scheme: keyof typeof DEFAULT_PORTS) => {
    const { port = DEFAULT_PORTS[scheme] } = spec.ports?.find((each) => each.name === scheme) ?? {}
    return `${scheme}://${host}${port === DEFAULT_PORTS[scheme] ? '' : `:${port}`}`
  }
  return { http: url('http'), https: url('https') }
}
