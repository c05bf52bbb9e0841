/**
 * From the cluster to the whole desired state of the proxy: a pure function of what the view answers and of the
 * options. No clock, no I/O, no logger. It never throws for data; what is wrong becomes a problem of its owner and
 * harms nobody else.
 */
import { compareText, type Problem } from '../../model/problem.ts'
import type { HostPattern, Origin, RouteSpec } from '../../model/route.ts'
import { type Entry, entryOf, type Snapshot } from '../../model/snapshot.ts'
import type { TlsSpec } from '../../model/tls.ts'
import type { Ingress } from '../api/kubernetes/ingress.ts'
import type { RouteValues } from '../api/route-policy.ts'
import { type ConfigValues, settingsOf } from '../api/sluice-config.ts'
import { type Backend, Backends } from './backends.ts'
import { certificateOf } from './certificates.ts'
import { type Claim, claimOf } from './claims.ts'
import { findOurs } from './classes.ts'
import type { ClusterPart } from './cluster-part.ts'
import { clusterSpec } from './cluster-spec.ts'
import { Configs } from './configs.ts'
import { ANY_HOST } from './hosts.ts'
import { secured } from './https.ts'
import type { Effective } from './layers.ts'
import { Links } from './links.ts'
import { Memory } from './memory.ts'
import { type LastResort, mergeDrafts } from './merge.ts'
import type { TranslateOptions } from './options.ts'
import { ROOT } from './paths.ts'
import { Policies } from './policies.ts'
import { rateLimitEntries } from './rate-limits.ts'
import { Report, tidy } from './report.ts'
import { type ServedHost, type ServedName, ServerNames, servedNames } from './server-names.ts'
import { ticketKeyEntries } from './ticket-keys.ts'
import { tlsEntries } from './tls-entries.ts'
import type { Feed, View } from './view.ts'

export interface Translation {
  readonly snapshot: Snapshot
  /** All problems, in a fixed order, each once. */
  readonly problems: readonly Problem[]
  /** Those that are ours, as they were read. */
  readonly ingresses: readonly Ingress[]
  /** Whether Ingresses of a class are ours, those that cannot be read included. */
  readonly isOurs: (className: string) => boolean
  /** What the objects of our own group say, and which of them are for us to judge. */
  readonly policies: Policies
  /** Hosts with certificates of their own, and `*` where the operator has one for all others. */
  readonly servedNames: readonly ServedName[]
  /** What holds for the whole process. */
  readonly config: Effective<ConfigValues>
  /** What it takes to replace a part of it: see `LiveTranslation`. */
  readonly parts: Parts
}

export interface Parts {
  /** Problems of everything but endpoints. */
  readonly routing: readonly Problem[]
  /** By what their endpoints come from. */
  readonly clusters: ReadonlyMap<Feed, readonly ClusterPart[]>
}

/** @param memory what translations before this one left, with the same options; the outcome is the same without. */
export function translate(view: View, options: TranslateOptions, memory = new Memory()): Translation {
  const report = new Report()
  const backends = new Backends(view, options, report)
  const { served, classes, isOurs } = findOurs(view, options, report)
  const configs = new Configs({ view, options, classes, report })
  const policies = new Policies({ view, configs, served, isOurs, operatorNamespace: options.operatorNamespace, report })
  const drafts = served.map((each) => memory.draft(each, { view, options }, { policies, report }))
  const { hosts, granted } = mergeDrafts(drafts, lastResort(options, backends, configs.processRoutes), report)
  const names = new ServerNames(
    drafts.flatMap((draft) => draft.names),
    new Set(hosts.map(({ host }) => host)),
    report,
  )
  const settings = settingsOf(configs.global.values)
  const tlsHosts = [...names.hosts(), ...defaultHost({ options, view, report, tls: settings.tls })]
  policies.canaries.reportIdle(drafts, report)
  const wanted = backendsOf(granted)
  policies.reportServices(wanted)
  const links = new Links(wanted, { view, policies, report })
  const inUse = links.inUse.map(({ backend }) => backend)
  const clusters = memory.parts(inUse, { view, options }, policies)
  const snapshot = new Map([
    entryOf('settings', 'global', settings),
    ...policies.limits.asked.flatMap(rateLimitEntries),
    ...policies.canaries.entries(canariesOf(granted)),
    ...hosts.map(({ host, claims }) => memory.host({ host, routes: routesOf(host, claims, { names, options }) })),
    ...ticketKeyEntries(configs.global, view, report),
    ...tlsEntries(tlsHosts, settings.tls, links.certificates),
    ...clusterEntries(links, policies),
    ...clusters.map(({ endpoints }) => endpoints),
  ])
  const parts = partsOf(report, clusters)
  return {
    snapshot,
    servedNames: servedNames(tlsHosts),
    ingresses: served.map(({ ingress }) => ingress),
    isOurs,
    problems: problemsOf(parts),
    config: configs.global,
    policies,
    parts,
  }
}

function partsOf({ problems: routing }: Report, clusters: readonly ClusterPart[]): Parts {
  return { routing, clusters: Map.groupBy(clusters, ({ backend }) => backend.endpoints.feed) }
}

/** All problems, in a fixed order, each once. */
export function problemsOf({ routing, clusters }: Parts): readonly Problem[] {
  return tidy([...routing, ...[...clusters.values()].flatMap((parts) => parts.flatMap(({ problems }) => problems))])
}

function clusterEntries({ inUse }: Links, policies: Policies): readonly Entry[] {
  return inUse.map(({ backend, link }) => entryOf('cluster', backend.cluster, clusterSpec(backend, policies, link)))
}

/** Each cluster once, in the order of its name. */
function backendsOf(claims: readonly Claim[]): readonly Backend[] {
  const found = new Map(claims.flatMap(({ backends }) => backends.map((backend) => [backend.cluster, backend])))
  return [...found.values()].sort((a, b) => compareText(a.cluster, b.cluster))
}

/** Names of the canaries that routes use. */
function canariesOf(claims: readonly Claim[]): ReadonlySet<string> {
  const found = new Set<string>()
  for (const { route } of claims) {
    if (route.action.kind === 'forward' && route.action.canary !== undefined) found.add(route.action.canary.canary)
  }
  return found
}

function routesOf(
  host: HostPattern,
  claims: readonly Claim[],
  { names, options }: { readonly names: ServerNames; readonly options: TranslateOptions },
): readonly RouteSpec[] {
  const [mode, auth] = [names.mode(host), names.auth(host)]
  // Where an Ingress asks for more than its host has, its own routes say that they are broken.
  return claims.map((claim) =>
    mode === 'none' ? claim.route : secured(claim, { mode, auth, port: options.httpsPort }),
  )
}

interface DefaultHostInputs {
  readonly options: TranslateOptions
  readonly view: View
  readonly report: Report
  readonly tls: TlsSpec
}

/** The operator's certificate for names that nobody has one for; workers make one themselves where it is missing. */
function defaultHost({ options, view, report, tls }: DefaultHostInputs): readonly ServedHost[] {
  const { defaultCertificate: name } = options
  if (name === undefined) return []
  const [namespace = '', secretName = ''] = name.split('/')
  const origin: Origin = { kind: 'Option', namespace: '', name: 'default-ssl-certificate' }
  const secret = view.secret(namespace, secretName)
  const found = secret === undefined ? { complaint: 'there is none' } : certificateOf(secret)
  if (!('complaint' in found)) return [{ host: ANY_HOST, certificates: [found], tls, auth: undefined, origin }]
  report.error(
    origin,
    'InvalidTlsSecret',
    `Secret ${name}, ${found.complaint}; a self-made certificate is in its place`,
  )
  return []
}

/** The operator's default backend has no Ingress behind it; its origin is the option. */
function lastResort(
  { defaultBackend }: TranslateOptions,
  backends: Backends,
  routes: Effective<RouteValues>,
): LastResort | undefined {
  if (defaultBackend === undefined) return undefined
  const origin: Origin = { kind: 'Option', namespace: '', name: 'default-backend-service' }
  const target = backends.resolveText(defaultBackend, origin)
  return (host: HostPattern) => {
    const id = `option/default-backend-service/${host}//default`
    return claimOf({ host, id, path: ROOT, origin }, target, routes.values)
  }
}
