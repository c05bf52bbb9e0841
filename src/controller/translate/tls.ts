/**
 * `spec.tls` of an Ingress, as far as it is served: termination arrives with a later release. Until then a host with
 * good material is served in clear text, loudly; one with bad material fails closed for this Ingress alone, so that
 * nobody can take down the host of another by naming it.
 */
import type { HostPattern } from '../../model/route.ts'
import type { Ingress, IngressTls } from '../api/kubernetes/ingress.ts'
import { originOf } from '../api/kubernetes/metadata.ts'
import type { Refusal } from './backends.ts'
import { tlsComplaint } from './certificates.ts'
import { covers } from './hosts.ts'
import type { Report } from './report.ts'
import type { View } from './view.ts'

/** Why a host of this Ingress must not be served; `undefined` where nothing speaks against it. */
export type TlsVerdict = (host: HostPattern) => Refusal | undefined

export function judgeTls(ingress: Ingress, view: Pick<View, 'secret'>, report: Report): TlsVerdict {
  const broken = ingress.spec.tls.flatMap((tls, i) => {
    const refused = judgeEntry(ingress, i, { view, report })
    return refused === undefined ? [] : [{ hosts: tls.hosts, refused }]
  })
  return (host) => broken.find(({ hosts }) => names(hosts, host))
}

/** An entry without hosts is for all of its Ingress. */
function names(hosts: readonly string[], host: HostPattern): boolean {
  return hosts.length === 0 || hosts.some((each) => covers(each, host))
}

interface Judging {
  readonly view: Pick<View, 'secret'>
  readonly report: Report
}

function judgeEntry(ingress: Ingress, index: number, { view, report }: Judging): string | undefined {
  const tls = ingress.spec.tls[index]!
  const at = originOf(ingress, `spec.tls[${index}].secretName`)
  const hosts = hostList(tls)
  const name = tls.secretName ?? ''
  const secret = name === '' ? undefined : view.secret(ingress.metadata.namespace, name)
  const called = `Secret ${ingress.metadata.namespace}/${name}`
  if (name !== '' && secret === undefined) {
    report.error(at, 'TlsSecretNotFound', `there is no ${called}; ${hosts} answer 503`)
    return 'TlsSecretNotFound'
  }
  const complaint = secret === undefined ? undefined : tlsComplaint(secret)
  if (complaint !== undefined) {
    report.error(at, 'InvalidTlsSecret', `${called}, ${complaint}; ${hosts} answer 503`)
    return 'InvalidTlsSecret'
  }
  const message = `TLS is not terminated yet; ${hosts} are served in clear text on the HTTP port`
  report.warning(originOf(ingress, `spec.tls[${index}]`), 'TlsNotServed', message)
  return undefined
}

function hostList({ hosts }: IngressTls): string {
  return hosts.length === 0 ? 'all hosts of this Ingress' : `requests of this Ingress for ${hosts.join(', ')}`
}
