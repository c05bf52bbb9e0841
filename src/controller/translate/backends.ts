/**
 * From a backend of an Ingress to a cluster. What cannot be resolved is told to its owner, and its route answers
 * 503: a typo never hands a path to somebody else's catch-all.
 */
import { isPort } from '../../lib/ip.ts'
import { quote } from '../../lib/schema.ts'
import type { ClusterName } from '../../model/cluster.ts'
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
  readonly endpoints: EndpointSource
}

/** Why there is no cluster: the reason of the problem, which the route carries as well. */
export interface Refusal {
  readonly refused: string
}

/** A port of a Service by name or by number. */
interface PortRef {
  readonly namespace: string
  readonly service: string
  readonly port: string | number
}

export class Backends {
  readonly #view: View
  readonly #options: TranslateOptions
  readonly #report: Report

  constructor(view: View, options: TranslateOptions, report: Report) {
    this.#view = view
    this.#options = options
    this.#report = report
  }

  /** @param at the field that names the backend; it is looked for in the same namespace. */
  resolve(backend: IngressBackend | undefined, at: Origin): Backend | Refusal {
    if (backend?.resource !== undefined) {
      const { kind, name } = backend.resource
      return this.#refuse(at, 'ResourceBackend', `resource backends are not served (${kind} ${name})`)
    }
    const service = backend?.service
    const port = portOf(service?.port)
    if (service === undefined || port === undefined) {
      return this.#refuse(at, 'InvalidBackend', 'expected a service with a name, and either port.name or port.number')
    }
    return this.#resolvePort({ namespace: at.namespace, service: service.name, port }, at)
  }

  /** A backend as an option names it: `namespace/service:port`. */
  resolveText(text: string, at: Origin): Backend | Refusal {
    const [, namespace, service, port] = /^([a-z0-9.-]+)\/([a-z0-9.-]+):([a-z0-9-]+)$/.exec(text) ?? []
    if (namespace === undefined || service === undefined || port === undefined) {
      return this.#refuse(at, 'InvalidBackend', `expected namespace/service:port, not ${quote(text)}`)
    }
    return this.#resolvePort({ namespace, service, port: /^\d+$/.test(port) ? Number(port) : port }, at)
  }

  #resolvePort(ref: PortRef, at: Origin): Backend | Refusal {
    const { namespace, service: name, port } = ref
    const service = this.#view.service(namespace, name)
    if (service === undefined) return this.#refuse(at, 'ServiceNotFound', `there is no Service ${namespace}/${name}`)
    const endpoints =
      service.spec.type === 'ExternalName' ? this.#external(service, port, at) : this.#slices(service, port, at)
    if ('refused' in endpoints) return endpoints
    return { cluster: `${namespace}/${name}:${port}` as ClusterName, namespace, service: name, endpoints }
  }

  #slices(service: Service, wanted: string | number, at: Origin): EndpointSource | Refusal {
    const port = findPort(service, wanted)
    if (port === undefined) return this.#refuse(at, 'ServicePortNotFound', missingPort(service, wanted))
    const { namespace, name } = service.metadata
    const family = service.spec.ipFamilies[0]
    return {
      kind: 'slices',
      feed: sliceFeed(namespace, name),
      service: originOf(service),
      portName: port.name ?? '',
      ...(family === undefined ? {} : { family }),
    }
  }

  /** An ExternalName Service may name no ports; then the Ingress's own number counts. */
  #external(service: Service, wanted: string | number, at: Origin): EndpointSource | Refusal {
    const { namespace, name } = service.metadata
    if (!this.#options.allowExternalName) {
      const message = `Service ${namespace}/${name} is of type ExternalName, which is not allowed here`
      return this.#refuse(at, 'ExternalNameNotAllowed', message)
    }
    const host = (service.spec.externalName ?? '').replace(/\.$/, '').toLowerCase()
    if (!isHostName(host)) {
      const message = `Service ${namespace}/${name}, spec.externalName: expected a host name, not ${quote(host)}`
      return this.#refuse(at, 'InvalidExternalName', message)
    }
    const found = findPort(service, wanted)
    const target = typeof found?.targetPort === 'number' ? found.targetPort : found?.port
    const port = target ?? (service.spec.ports.length === 0 && typeof wanted === 'number' ? wanted : undefined)
    if (port === undefined || !isPort(port)) {
      return this.#refuse(at, 'ServicePortNotFound', missingPort(service, wanted))
    }
    return { kind: 'dns', feed: resolutionFeed(host), service: originOf(service), host, port }
  }

  #refuse(at: Origin, reason: string, message: string): Refusal {
    this.#report.error(at, reason, `${message}; requests are answered 503`)
    return { refused: reason }
  }
}

type WrittenPort = NonNullable<IngressBackend['service']>['port']

/** Name or number, just one of them; an empty name and 0 are as good as absent, as in Kubernetes. */
function portOf(port: WrittenPort): string | number | undefined {
  const name = port?.name === '' ? undefined : port?.name
  const number = port?.number === 0 ? undefined : port?.number
  return name !== undefined && number !== undefined ? undefined : (name ?? number)
}

/** A port number can be there once for each protocol; only TCP carries HTTP today. */
function findPort(service: Service, wanted: string | number): ServicePort | undefined {
  return service.spec.ports.find(
    ({ name, port, protocol }) => (typeof wanted === 'number' ? port : name) === wanted && isTcp(protocol),
  )
}

function isTcp(protocol: string | undefined): boolean {
  return protocol === undefined || protocol === 'TCP'
}

function missingPort({ metadata, spec }: Service, wanted: string | number): string {
  const ports = spec.ports.map(({ name, port, protocol }) => {
    const words = [name, isTcp(protocol) ? undefined : protocol].filter((word) => word !== undefined)
    return words.length === 0 ? `${port}` : `${port} (${words.join(', ')})`
  })
  const has = ports.length === 0 ? 'no ports' : ports.join(', ')
  const called = typeof wanted === 'number' ? `${wanted}` : quote(wanted)
  return `Service ${metadata.namespace}/${metadata.name} has no TCP port ${called}; it has ${has}`
}
