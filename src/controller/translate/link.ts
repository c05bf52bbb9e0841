/**
 * What is spoken with the endpoints of a Service: HTTP/1.1 unless its appProtocol or a BackendPolicy says otherwise,
 * and by TLS with the material that the policy names. Where that material is missing or broken, requests for the Service
 * answer 503: a connection that was to be verified never becomes one that is not.
 */
import type { CertificateName } from '../../model/certificate.ts'
import type { LinkSpec, UpstreamTlsSpec } from '../../model/cluster.ts'
import type { Origin } from '../../model/route.ts'
import { APP_PROTOCOLS, type BackendProtocol, type LinkValues } from '../api/link-options.ts'
import { authoritiesOf } from './authorities.ts'
import type { Backend, Refusal } from './backends.ts'
import { type Certificate, certificateOf } from './certificates.ts'
import type { Layer } from './layers.ts'
import type { Policies } from './policies.ts'
import { Report } from './report.ts'
import type { View } from './view.ts'

type Spoken = LinkSpec['protocol']

/** What each of them is on the wire. */
const SPOKEN: Readonly<Record<BackendProtocol, { readonly version: Spoken; readonly isEncrypted: boolean }>> = {
  HTTP: { version: 'http/1.1', isEncrypted: false },
  HTTPS: { version: 'http/1.1', isEncrypted: true },
  ALPN: { version: 'alpn', isEncrypted: true },
  H2C: { version: 'h2', isEncrypted: false },
  H2: { version: 'h2', isEncrypted: true },
  GRPC: { version: 'h2', isEncrypted: false },
  GRPCS: { version: 'h2', isEncrypted: true },
}

const ENCRYPTED = Object.keys(SPOKEN)
  .filter((each) => SPOKEN[each as BackendProtocol].isEncrypted)
  .join(', ')

const CA_SOURCES = [
  { kind: 'Secret', path: 'tls.caSecret' },
  { kind: 'ConfigMap', path: 'tls.caConfigMap' },
] as const

interface CaRef {
  readonly kind: 'Secret' | 'ConfigMap'
  readonly namespace: string
  readonly name: string
}

type Trust = UpstreamTlsSpec['trust']

export interface LinkInit {
  readonly view: Pick<View, 'secret' | 'configMap'>
  readonly policies: Pick<Policies, 'link' | 'faultOf'>
  readonly report: Report
}

export class Link {
  /** What is shown to endpoints. */
  readonly certificates: Certificate[] = []
  /** What is spoken, or why nothing can be. */
  readonly spec: LinkSpec | Refusal
  readonly #init: LinkInit

  constructor(backend: Backend, init: LinkInit) {
    this.#init = init
    this.spec = this.#judge(backend)
  }

  #judge(backend: Backend): LinkSpec | Refusal {
    const said = this.#init.policies.link(`${backend.namespace}/${backend.service}`)
    const protocol = said?.values.protocol ?? this.#appProtocol(backend)
    const { version, isEncrypted } = SPOKEN[protocol]
    if (isEncrypted) return this.#encrypted(backend, version, said ?? { values: {}, origins: {} })
    const useless = said && Object.entries(said.origins).find(([path]) => path.startsWith('tls.'))?.[1]
    if (useless !== undefined) {
      const called = `Service ${backend.namespace}/${backend.service}`
      const message = `${protocol} is spoken with ${called}, which has no TLS; ${ENCRYPTED} have, as protocol says`
      this.#init.report.warning(useless, 'TlsWithoutEffect', message)
    }
    return { protocol: version, ...introducing(said) }
  }

  #appProtocol({ appProtocol, endpoints: { service } }: Backend): BackendProtocol {
    if (appProtocol === undefined) return 'HTTP'
    const known = APP_PROTOCOLS[appProtocol.toLowerCase()]
    if (known !== undefined) return known
    const message = `appProtocol ${appProtocol} is none of ${Object.keys(APP_PROTOCOLS).join(', ')}; HTTP/1.1 is spoken`
    this.#init.report.warning({ ...service, field: 'spec.ports' }, 'UnknownAppProtocol', message)
    return 'HTTP'
  }

  #encrypted(backend: Backend, protocol: Spoken, said: Layer<LinkValues>): LinkSpec | Refusal {
    const { values } = said
    const unread = this.#unread(backend)
    if (unread !== undefined) return unread
    const trust = this.#trust(backend, said)
    const client = this.#client(backend, said)
    if (typeof trust === 'object' && 'refused' in trust) return trust
    if (client !== undefined && 'refused' in client) return client
    const serverName = values['tls.serverName'] ?? nameOf(backend)
    return { protocol, tls: { serverName, trust, ...(client && { client }) }, ...introducing(said) }
  }

  /** What cannot be read may have asked for more than is left of it. */
  #unread({ namespace, service }: Backend): Refusal | undefined {
    const fault = this.#init.policies.faultOf(`${namespace}/${service}`, /^tls($|\.(verify|ca|client))/)
    if (fault === undefined) return undefined
    return this.#refuse(fault, 'TlsUnclear', 'what is to be verified or shown cannot be read')
  }

  #trust({ namespace, endpoints }: Backend, { values, origins }: Layer<LinkValues>): Trust | Refusal {
    const named = CA_SOURCES.filter(({ path }) => values[path] !== undefined)
    if (values['tls.verify'] === false) {
      for (const { path } of named) this.#init.report.warning(origins[path]!, 'CaWithoutEffect', 'nothing is verified')
      return 'anybody'
    }
    const texts: string[] = []
    for (const { kind, path } of named) {
      const authorities = this.#authorities({ kind, namespace, name: values[path]! }, origins[path]!)
      if (typeof authorities !== 'string') return authorities
      texts.push(authorities)
    }
    if (texts.length > 0) return { ca: texts.join('\n') }
    return values['tls.verify'] === true || endpoints.kind === 'dns' ? 'system' : 'anybody'
  }

  #authorities({ kind, namespace, name }: CaRef, at: Origin): string | Refusal {
    const { view } = this.#init
    const object = kind === 'Secret' ? view.secret(namespace, name) : view.configMap(namespace, name)
    const called = `${kind} ${namespace}/${name}`
    if (object === undefined) return this.#refuse(at, 'CaNotFound', `there is no ${called} that can be read`)
    const authorities = authoritiesOf(object)
    return 'pem' in authorities ? authorities.pem : this.#refuse(at, 'InvalidCa', `${called}, ${authorities.complaint}`)
  }

  #client({ namespace }: Backend, { values, origins }: Layer<LinkValues>): UpstreamTlsSpec['client'] | Refusal {
    const name = values['tls.clientSecret']
    if (name === undefined) return undefined
    const at = origins['tls.clientSecret']!
    const called = `Secret ${namespace}/${name}`
    const secret = this.#init.view.secret(namespace, name)
    if (secret === undefined) return this.#refuse(at, 'TlsSecretNotFound', `there is no ${called} that can be read`)
    const found = certificateOf(secret)
    if ('complaint' in found) return this.#refuse(at, 'InvalidTlsSecret', `${called}, ${found.complaint}`)
    this.certificates.push(found)
    return { certificate: `${namespace}/${name}` as CertificateName, fingerprint: found.fingerprint }
  }

  #refuse(at: Origin, reason: string, message: string): Refusal {
    this.#init.report.error(at, reason, `${message}; requests for this Service are answered 503`)
    return { refused: reason }
  }
}

/** Whether connections say whom they are for. */
function introducing(said: Layer<LinkValues> | undefined): Pick<LinkSpec, 'proxyProtocol'> {
  const version = said?.values.proxyProtocol ?? 'off'
  return version === 'off' ? {} : { proxyProtocol: version }
}

/** Asks for all that the link will be judged by, so that it is there when that is done. */
export function askForLink(backend: Backend, view: LinkInit['view'], policies: Policies): void {
  new Link(backend, { view, policies, report: new Report() })
}

/** Under which a certificate is made for a Service inside of a cluster, or what it is called outside. */
function nameOf({ namespace, service, endpoints }: Backend): string {
  return endpoints.kind === 'dns' ? endpoints.host : `${service}.${namespace}.svc`
}
