/** The endpoints of one cluster, from the slices of its Service or from DNS. */
import { type Address, isPort, parseAddress, scopeOf } from '../../lib/ip.ts'
import { quote } from '../../lib/schema.ts'
import type { EndpointSpec } from '../../model/cluster.ts'
import type { Layer4Protocol } from '../../model/layer4-port.ts'
import { compareText, type Problem } from '../../model/problem.ts'
import type { Origin } from '../../model/route.ts'
import type { EndpointSlice, SliceEndpoint, SlicePort } from '../api/kubernetes/endpoint-slice.ts'
import { originOf } from '../api/kubernetes/metadata.ts'
import type { EndpointAsks } from './endpoint-asks.ts'
import { factsOf } from './endpoint-facts.ts'
import { isKnownDistribution, type Near, nearness } from './nearness.ts'
import type { TranslateOptions } from './options.ts'
import { Report } from './report.ts'
import { podOf, standingOf } from './standing.ts'
import type { Feed, View } from './view.ts'

export type EndpointSource = SliceSource | DnsSource

interface SliceSource {
  readonly kind: 'slices'
  readonly feed: Feed
  readonly service: Origin
  /** Name of the port of the Service, empty where it has none. Each slice has a number of its own for it. */
  readonly portName: string
  readonly protocol: Layer4Protocol
  /** The Service's primary family (`IPv4`, `IPv6`); absent where it names none, then all count. */
  readonly family?: string
  /** Which of them the Service would rather have used. */
  readonly distribution?: string
}

interface DnsSource {
  readonly kind: 'dns'
  readonly feed: Feed
  readonly service: Origin
  readonly host: string
  readonly port: number
}

export interface Endpoints {
  /** By address and port, each once. */
  readonly endpoints: readonly EndpointSpec[]
  readonly problems: readonly Problem[]
}

export interface Gather {
  readonly view: View
  readonly options: TranslateOptions
  readonly asks: EndpointAsks
}

export function endpointsOf(source: EndpointSource, { view, options, asks }: Gather): Endpoints {
  // A name must never lead to our own machine: whoever owns it decides what it resolves to, at any time.
  const gathering = new Gathering(source.kind === 'slices' && options.allowLoopbackEndpoints)
  if (source.kind === 'slices') gatherSlices(source, { view, asks, gathering })
  else gatherAddresses(source, view, gathering)
  return { endpoints: gathering.sorted(), problems: gathering.report.problems }
}

/** Endpoints as they come together; the same address and port counts once, as the most useful of them. */
class Gathering {
  readonly report = new Report()
  /** Why endpoints are not checked whose Pods were to say how. */
  readonly unchecked = new Set<string>()
  readonly #found = new Map<string, EndpointSpec>()
  readonly #allowLoopback: boolean

  constructor(allowLoopback: boolean) {
    this.#allowLoopback = allowLoopback
  }

  /** @param at where the address was written; asked only where something is wrong with it. */
  add(address: Address, endpoint: Omit<EndpointSpec, 'address'>, at: () => Origin): void {
    const scope = scopeOf(address)
    if (scope !== 'global' && !(scope === 'loopback' && this.#allowLoopback)) {
      const message = `${address.text} (${scope}) cannot be an endpoint; it gets no requests`
      this.report.error(at(), 'AddressRefused', message)
      return
    }
    const key = `${address.text} ${endpoint.port}`
    const found = this.#found.get(key)
    if (found === undefined || usefulness(found) < usefulness(endpoint)) {
      this.#found.set(key, { address: address.text, ...endpoint })
    }
  }

  sorted(): readonly EndpointSpec[] {
    return [...this.#found.values()].sort((a, b) => compareText(a.address, b.address) || a.port - b.port)
  }
}

/** Ready before draining, and that before one that does not even serve. */
function usefulness({ state, weight }: Pick<EndpointSpec, 'state' | 'weight'>): number {
  return weight === 0 ? 0 : state === 'draining' ? 1 : 2
}

function gatherSlices(source: SliceSource, work: Work): void {
  const { view, gathering } = work
  const { namespace, name } = source.service
  const slices = view
    .slices(namespace, name)
    .toSorted((a, b) => compareText(a.metadata.name, b.metadata.name))
    .filter((slice) => isServed(slice, gathering.report))
    .filter((slice) => source.family === undefined || slice.addressType === source.family)
    .filter((slice) => slice.endpoints.length > 0)
  warnOfDistribution(source, gathering.report)
  const offering = slices.filter((slice) => indexOfPort(slice, source) >= 0)
  const near = nearness(offering.flatMap(readyOf), { ...work.asks, distribution: source.distribution })
  for (const slice of offering) gatherSlice(slice, indexOfPort(slice, source), { ...work, near })
  if (slices.length > 0 && offering.length === 0) {
    const offered = [...new Set(slices.flatMap(({ ports }) => ports.map(describePort)))].join(', ')
    const message = `no EndpointSlice has a ${source.protocol} port named ${quote(source.portName)}; they have ${offered || 'none'}`
    gathering.report.warning(source.service, 'EndpointPortNotFound', message)
  }
  if (gathering.unchecked.size > 0) {
    const reasons = [...gathering.unchecked].sort().join('; ')
    const message = `healthCheck.kind is readiness-probe, which not all endpoints can be asked (${reasons}); these are not checked`
    gathering.report.warning(source.service, 'ReadinessProbeUnusable', message)
  }
}

/** A word of a later Kubernetes. */
function warnOfDistribution({ distribution, service }: SliceSource, report: Report): void {
  if (distribution === undefined || isKnownDistribution(distribution)) return
  const message = `expected PreferSameZone, PreferSameNode or PreferClose, not ${quote(distribution)}; only hints say who is near`
  report.warning({ ...service, field: 'spec.trafficDistribution' }, 'UnknownTrafficDistribution', message)
}

function isServed(slice: EndpointSlice, report: Report): boolean {
  if (slice.addressType === 'IPv4' || slice.addressType === 'IPv6') return true
  const message = `expected IPv4 or IPv6, not ${quote(slice.addressType)}; this slice gets no requests`
  report.error(originOf(slice, 'addressType'), 'AddressTypeRefused', message)
  return false
}

function indexOfPort({ ports }: EndpointSlice, { portName, protocol: carrier }: SliceSource): number {
  return ports.findIndex(({ name = '', protocol = 'TCP' }) => name === portName && protocol === carrier)
}

/** `"http"`, `"dns" (UDP)`. */
function describePort({ name = '', protocol = 'TCP' }: SlicePort): string {
  return quote(name) + (protocol === 'TCP' ? '' : ` (${protocol})`)
}

function readyOf({ endpoints }: EndpointSlice): readonly SliceEndpoint[] {
  return endpoints.filter(({ conditions }) => conditions?.ready !== false)
}

interface Work {
  readonly view: View
  readonly asks: EndpointAsks
  readonly gathering: Gathering
}

interface SliceWork extends Work {
  readonly near: (endpoint: SliceEndpoint) => Near
}

function gatherSlice(slice: EndpointSlice, portIndex: number, { view, asks, gathering, near }: SliceWork): void {
  const port = slice.ports[portIndex]?.port
  if (port === undefined || !isPort(port)) {
    const found = port === undefined ? 'but there is none' : `not ${port}`
    const message = `expected a port from 1 to 65535, ${found}; this slice gets no requests`
    gathering.report.error(originOf(slice, `ports[${portIndex}].port`), 'InvalidPort', message)
    return
  }
  for (const [i, endpoint] of slice.endpoints.entries()) {
    const pod = podOf(endpoint, slice.metadata.namespace, view)
    const standing = standingOf(endpoint, pod)
    if (standing === undefined) continue
    const facts = factsOf({ endpoint, pod, port, near: near(endpoint) }, asks, (reason) => {
      if (standing.state === 'ready') gathering.unchecked.add(reason)
    })
    const { weight, ...more } = standing
    for (const [j, text] of endpoint.addresses.entries()) {
      const at = () => originOf(slice, `endpoints[${i}].addresses[${j}]`)
      const address = parseAddress(text)
      if (address?.family === slice.addressType) gathering.add(address, { weight, port, ...more, ...facts }, at)
      else {
        const message = `expected an ${slice.addressType} address, not ${quote(text)}; it gets no requests`
        gathering.report.error(at(), 'InvalidAddress', message)
      }
    }
  }
}

function gatherAddresses({ service, host, port }: DnsSource, view: View, gathering: Gathering): void {
  const resolution = view.resolution(host)
  const at = { ...service, field: 'spec.externalName' }
  for (const text of resolution?.addresses ?? []) {
    const address = parseAddress(text)
    if (address !== undefined) gathering.add(address, { weight: 1, port, state: 'ready' }, () => at)
  }
  if (resolution?.failure === undefined) return
  const stays = resolution.addresses.length > 0 ? 'its last good addresses stay' : 'requests are answered 503'
  gathering.report.warning(at, 'ExternalNameUnresolved', `${host}: ${resolution.failure}; ${stays}`)
}
