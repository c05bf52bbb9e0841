/** One cluster of the desired state: where it leads, and its endpoints as they are now. */
import type { ClusterSpec } from '../../model/cluster.ts'
import { entryOf } from '../../model/snapshot.ts'
import type { TlsSpec } from '../../model/tls.ts'
import type { Backend } from './backends.ts'
import { clusterSpec } from './cluster-spec.ts'
import type { EndpointAsks } from './endpoint-asks.ts'
import { endpointsOf } from './endpoints.ts'
import { Link } from './link.ts'
import type { TranslateOptions } from './options.ts'
import type { Part } from './parts.ts'
import type { Policies } from './policies.ts'
import { Report } from './report.ts'
import { tlsEntries } from './tls-entries.ts'
import type { View } from './view.ts'

export interface Inputs {
  readonly view: View
  readonly options: TranslateOptions
}

export interface ClusterRules {
  readonly policies: Policies
  /** What holds for the whole process, as text: the same text means the same. */
  readonly processWide: string
  /** How TLS is spoken where nobody says otherwise. */
  readonly tls: TlsSpec
}

/** @returns no entries where nothing can be spoken with its endpoints: its routes answer 503. */
export function clusterPart(backend: Backend, { view }: Inputs, { policies, tls }: ClusterRules): Part {
  const report = new Report()
  policies.reportService(`${backend.namespace}/${backend.service}`, report)
  if (backend.carries !== undefined) {
    const spec = clusterSpec(backend, policies, { protocol: 'http/1.1' })
    return { entries: [entryOf('cluster', backend.cluster, spec)], problems: report.problems }
  }
  const { spec, certificates } = new Link(backend, { view, policies, report })
  if ('refused' in spec) return { problems: report.problems }
  const asked = clusterSpec(backend, policies, spec)
  warnOfStrangers(asked, policies, report)
  const entry = entryOf('cluster', backend.cluster, asked)
  return { entries: [entry, ...tlsEntries([], tls, certificates)], problems: report.problems }
}

export function endpointsPart(backend: Backend, asks: EndpointAsks, inputs: Inputs): Part {
  const { endpoints, problems } = endpointsOf(backend.endpoints, { ...inputs, asks })
  return { entries: [entryOf('endpoints', backend.cluster, endpoints)], problems }
}

/** Checks speak for no client: who takes nothing without the PROXY protocol would be found unhealthy. */
function warnOfStrangers(spec: ClusterSpec, policies: Policies, report: Report): void {
  const { proxyProtocol, healthCheck, namespace, service } = spec
  if (proxyProtocol === undefined || healthCheck === undefined) return
  const { kind, port } = healthCheck.probe
  const at = policies.link(`${namespace}/${service}`)?.origins.proxyProtocol
  if (kind === 'tcp' || port !== undefined || at === undefined) return
  const message = `checks by ${kind} send no header of the PROXY protocol; healthCheck.port can name a port that takes none`
  report.warning(at, 'CheckWithoutProxyProtocol', message)
}
