/** Where clients reach us, as `status.loadBalancer.ingress` has it. */
import { parseAddress } from '../../lib/ip.ts'
import { listOf, object, optional, readShape, text } from '../../lib/shape.ts'
import { compareText } from '../../model/problem.ts'

/** One entry: an address, a host name, or a load balancer that has both. */
export interface PublishedAddress {
  readonly ip?: string
  readonly hostname?: string
}

const LOAD_BALANCER = object({
  loadBalancer: optional(object({ ingress: listOf(object({ ip: optional(text), hostname: optional(text) })) })),
})

const SERVICE = object({
  spec: optional(
    object({
      type: optional(text),
      clusterIP: optional(text),
      clusterIPs: listOf(text),
      externalIPs: listOf(text),
      externalName: optional(text),
    }),
  ),
  status: optional(LOAD_BALANCER),
})

/** An IP address or a host name as an operator writes it. */
export function publishedAddress(text: string): PublishedAddress {
  return parseAddress(text) === undefined ? { hostname: text } : { ip: text }
}

/** What stands in the status of an Ingress or a Service; nothing where it cannot be read. */
export function addressesOfStatus(status: unknown): readonly PublishedAddress[] {
  const read = readShape(LOAD_BALANCER, status ?? {}, 'ignore')
  return 'value' in read ? (read.value.loadBalancer?.ingress ?? []) : []
}

/**
 * Where a Service is reached, as ingress-nginx judges it: what its load balancer says and its external addresses; one
 * without a load balancer by its external addresses or, for want of any, those inside of the cluster.
 * `undefined` where it cannot be read.
 */
export function addressesOfService(raw: unknown): readonly PublishedAddress[] | undefined {
  const read = readShape(SERVICE, raw, 'ignore')
  if ('complaints' in read) return undefined
  const { type, clusterIP, clusterIPs = [], externalIPs = [], externalName } = read.value.spec ?? {}
  if (type === 'ExternalName') return externalName === undefined ? [] : [{ hostname: externalName }]
  const external = externalIPs.map((ip) => ({ ip }))
  if (type === 'LoadBalancer') return inOrder([...addressesOfStatus(read.value.status), ...external])
  if (external.length > 0) return inOrder(external)
  const internal = clusterIPs.length > 0 ? clusterIPs : [clusterIP ?? '']
  return inOrder(internal.filter((ip) => parseAddress(ip) !== undefined).map((ip) => ({ ip })))
}

/** The same ones, in whatever order. */
export function sameAddresses(a: readonly PublishedAddress[], b: readonly PublishedAddress[]): boolean {
  return JSON.stringify(inOrder(a)) === JSON.stringify(inOrder(b))
}

/** Each once. */
export function inOrder(addresses: readonly PublishedAddress[]): readonly PublishedAddress[] {
  const byText = new Map(addresses.map((each) => [`${each.ip ?? ''} ${each.hostname ?? ''}`, each]))
  return [...byText]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, { ip, hostname }]) => ({
      ...(ip === undefined ? {} : { ip }),
      ...(hostname === undefined ? {} : { hostname }),
    }))
}
