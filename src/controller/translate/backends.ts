/**
 * From a backend of an Ingress to a cluster. What cannot be resolved is told to its owner, and its route answers
 * 503: a typo never hands a path to somebody else's catch-all.
 */
import { isPort } from '../../lib/ip.ts'
import { quote } from '../../lib/schema.ts'
import type { ClusterName } from '../../model/cluster.ts'
import type { Layer4Protocol } from '../../model/layer4-port.ts'
import type { Origin } from '../../model/route.ts'
import type { IngressBackend } from '../api/kubernetes/ingress.ts'
import { originOf } from '../api/kubernetes/metadata.ts'
import type { Service, ServicePort } from '../api/kubernetes/service.ts'
import type { EndpointSource } from './endpoints.ts'
import { isHostName } from './hosts.ts'
import type { TranslateOptions } from './options.ts'
import type { Report } from './report.ts'
import { resolutionFeed, sliceFeed, type View } from './view.ts'

/** A cluster, and where its endpoints come from. */
export interface Backend {
  readonly cluster: ClusterName
  readonly namespace: string
  readonly service: string
  /** What all replicas know of the Service and no client does: its uid, or its name where it has none. */
  readonly identity: string
  readonly endpoints: EndpointSource
  /** Where bytes or datagrams are passed on as they are; where it does not say, HTTP is spoken. */
  readonly carries?: Layer4Protocol
  /** What the Service says that its endpoints speak. */
  readonly appProtocol?: string
}

/** Why there is no cluster: the reason of the problem, which the route carries as well. */
export interface Refusal {
  readonly refused: string
}

/** A port of a Service by name or by number, and the fields that name the two. */
export interface PortRef {
  readonly namespace: string
  readonly service: string
  readonly port: string | number
  /** Where bytes or datagrams are passed on as they are; where it does not say, HTTP is spoken, by TCP. */
  readonly carries?: Layer4Protocol
  readonly serviceAt: Origin
  readonly portAt: Origin
  /** What becomes of requests where it leads nowhere; 503 where it does not say. */
  readonly fate?: string
}

interface Told {
  readonly message: string
  readonly fate?: string | undefined
}

export class Backends {
  readonly #view: Pick<View, 'service'>
  readonly #options: TranslateOptions
  readonly #report: Report

  constructor(view: Pick<View, 'service'>, options: TranslateOptions, report: Report) {
    this.#view = view
    this.#options = options
    this.#report = report
  }

  /** @param at the field that names the backend; it is looked for in the same namespace. */
  resolve(backend: IngressBackend | undefined, at: Origin): Backend | Refusal {
    if (backend?.resource !== undefined) {
      const { kind, name } = backend.resource
      return this.#refuse(below(at, 'resource'), 'ResourceBackend', {
        message: `a ${kind} (${name}) is no backend that is served`,
      })
    }
    const service = backend?.service
    if (service === undefined) return this.#refuse(at, 'InvalidBackend', { message: 'expected a service' })
    const serviceAt = below(at, 'service.name')
    const portAt = below(at, 'service.port')
    const port = portOf(service.port)
    if (port === undefined)
      return this.#refuse(portAt, 'InvalidBackend', {
        message: 'expected either a port name or a number from 1 to 65535',
      })
    return this.resolvePort({ namespace: at.namespace, service: service.name, port, serviceAt, portAt })
  }

  /** A backend as an option names it: `namespace/service:port`. */
  resolveText(text: string, at: Origin): Backend | Refusal {
    const [, namespace, service, port] = /^([a-z0-9.-]+)\/([a-z0-9.-]+):([a-z0-9-]+)$/.exec(text) ?? []
    if (namespace === undefined || service === undefined || port === undefined) {
      return this.#refuse(at, 'InvalidBackend', { message: `expected namespace/service:port, not ${quote(text)}` })
    }
    const wanted = /^\d+$/.test(port) ? Number(port) : port
    return this.resolvePort({ namespace, service, port: wanted, serviceAt: at, portAt: at })
  }

  /** What cannot be resolved is told to the fields that name it. */
  resolvePort(ref: PortRef): Backend | Refusal {
    const { namespace, service: name, port } = ref
    const service = this.#view.service(namespace, name)
    if (service === undefined) {
      return this.#refuse(ref.serviceAt, 'ServiceNotFound', {
        message: `there is no Service ${namespace}/${name}`,
        fate: ref.fate,
      })
    }
    const endpoints = service.spec.type === 'ExternalName' ? this.#external(service, ref) : this.#slices(service, ref)
    if ('refused' in endpoints) return endpoints
    const identity = service.metadata.uid ?? `${namespace}/${name}`
    const appProtocol = findPort(service, ref)?.appProtocol
    const { carries } = ref
    const suffix = carries === undefined ? '' : `/${carries.toLowerCase()}`
    return {
      ...{ cluster: `${namespace}/${name}:${port}${suffix}` as ClusterName, namespace, service: name },
      ...{ identity, endpoints },
      ...(carries && { carries }),
      ...(appProtocol && { appProtocol }),
    }
  }

  #slices(service: Service, ref: PortRef): EndpointSource | Refusal {
    const port = findPort(service, ref)
    if (port === undefined) return this.#missingPort(service, ref)
    const { trafficDistribution: distribution } = service.spec
    const family = service.spec.ipFamilies[0]
    return {
      kind: 'slices',
      feed: sliceFeed(ref.namespace, ref.service),
      service: originOf(service),
      portName: port.name ?? '',
      protocol: ref.carries ?? 'TCP',
      ...(family === undefined ? {} : { family }),
      ...(distribution === undefined ? {} : { distribution }),
    }
  }

  /** An ExternalName Service may name no ports; then the Ingress's own number counts. */
  #external(service: Service, ref: PortRef): EndpointSource | Refusal {
    const called = `Service ${ref.namespace}/${ref.service}`
    if (!this.#options.allowExternalName) {
      const message = `${called} is of type ExternalName, which is not served without --allow-external-name`
      return this.#refuse(ref.serviceAt, 'ExternalNameNotAllowed', { message, fate: ref.fate })
    }
    const host = (service.spec.externalName ?? '').replace(/\.$/, '').toLowerCase()
    if (!isHostName(host)) {
      const message = `${called}, spec.externalName: expected a host name, not ${quote(host)}`
      return this.#refuse(ref.serviceAt, 'InvalidExternalName', { message, fate: ref.fate })
    }
    const { ports } = service.spec
    const found = findPort(service, ref)
    const target = typeof found?.targetPort === 'number' ? found.targetPort : found?.port
    const port = target ?? (ports.length === 0 && typeof ref.port === 'number' ? ref.port : undefined)
    if (port === undefined || !isPort(port)) return this.#missingPort(service, ref)
    return { kind: 'dns', feed: resolutionFeed(host), service: originOf(service), host, port }
  }

  #missingPort({ spec }: Service, { namespace, service, port, carries = 'TCP', portAt, fate }: PortRef): Refusal {
    const ports = spec.ports.map(describePort).join(', ')
    const has = ports === '' ? 'no ports' : ports
    const called = typeof port === 'number' ? `${port}` : quote(port)
    const message = `Service ${namespace}/${service} has no ${carries} port ${called}; it has ${has}`
    return this.#refuse(portAt, 'ServicePortNotFound', { message, fate })
  }

  #refuse(at: Origin, reason: string, { message, fate = 'requests are answered 503' }: Told): Refusal {
    this.#report.error(at, reason, `${message}; ${fate}`)
    return { refused: reason }
  }
}

type WrittenPort = NonNullable<IngressBackend['service']>['port']

/** As a Service names its ports (RFC 6335 section 5.1): never a mere number, so that the two cannot be confused. */
const PORT_NAME = /^(?=.*[a-z])[a-z0-9-]{1,63}$/

/** Name or number, just one of them; an empty name and 0 are as good as absent, as in Kubernetes. */
function portOf(port: WrittenPort): string | number | undefined {
  const name = port?.name === '' ? undefined : port?.name
  const number = port?.number === 0 ? undefined : port?.number
  if (name === undefined) return number !== undefined && isPort(number) ? number : undefined
  return number === undefined && PORT_NAME.test(name) ? name : undefined
}

/** A port number can be there once for each protocol; HTTP is carried by TCP alone today. */
function findPort(service: Service, { port: wanted, carries = 'TCP' }: PortRef): ServicePort | undefined {
  return service.spec.ports.find(
    ({ name, port, protocol = 'TCP' }) => (typeof wanted === 'number' ? port : name) === wanted && protocol === carries,
  )
}

/** `80 (http)`, `53 (dns, UDP)`. */
function describePort({ name, port, protocol }: ServicePort): string {
  const words = [name, protocol === 'TCP' ? undefined : protocol].filter((word) => word !== undefined)
  return words.length === 0 ? `${port}` : `${port} (${words.join(', ')})`
}

function below(at: Origin, field: string): Origin {
  return { ...at, field: `${at.field}.${field}` }
}
