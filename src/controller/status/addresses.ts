/** Where clients reach us, as `status.loadBalancer.ingress` has it. */
import { parseAddress } from '../../lib/ip.ts'
import { anything, isObject, listOf, object, optional, readShape, text } from '../../lib/shape.ts'
import { compareText } from '../../model/problem.ts'

/** One entry: an address, a host name, or a load balancer that has both. */
export interface PublishedAddress {
  readonly ip?: string
  readonly hostname?: string
}

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
  status: anything,
})

/** An IP address or a host name as an operator writes it. */
export function publishedAddress(text: string): PublishedAddress {
  return parseAddress(text) === undefined ? { hostname: text } : { ip: text }
}

/** What stands in the status of an Ingress or a Service, as far as it can be read. Asked of thousands at a time. */
export function addressesOfStatus(status: unknown): readonly PublishedAddress[] {
  const balancer = isObject(status) ? status.loadBalancer : undefined
  const entries = isObject(balancer) && Array.isArray(balancer.ingress) ? balancer.ingress : []
  return entries.filter(isObject).map(({ ip, hostname }) => entryOf(wordOf(ip), wordOf(hostname)))
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
  // What we wrote comes back as we wrote it: mostly there is nothing to sort.
  return isEqual(a, b) || isEqual(inOrder(a), inOrder(b))
}

/** Each once. */
export function inOrder(addresses: readonly PublishedAddress[]): readonly PublishedAddress[] {
  const byText = new Map(addresses.map((each) => [`${each.ip ?? ''} ${each.hostname ?? ''}`, each]))
  return [...byText].sort(([a], [b]) => compareText(a, b)).map(([, { ip, hostname }]) => entryOf(ip, hostname))
}

function isEqual(a: readonly PublishedAddress[], b: readonly PublishedAddress[]): boolean {
  return a.length === b.length && a.every(({ ip, hostname }, i) => ip === b[i]!.ip && hostname === b[i]!.hostname)
}

function entryOf(ip: string | undefined, hostname: string | undefined): PublishedAddress {
  return { ...(ip === undefined ? {} : { ip }), ...(hostname === undefined ? {} : { hostname }) }
}

function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
