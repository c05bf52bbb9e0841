/**
 * Hosts whose TLS is ended by their endpoints. Of a connection that is passed through nothing is known but the name that
 * the client asks for, so that a host is passed through as a whole: to where its path `/` leads, by the word of the
 * oldest Ingress that has a rule for it. Nobody takes the HTTPS of a host from who had it before.
 */
import type { HostPattern, Origin, RouteSpec } from '../../model/route.ts'
import type { PassthroughSpec } from '../../model/server-name.ts'
import { annotationField, originOf } from '../api/kubernetes/metadata.ts'
import { brokenAction, type Claim } from './claims.ts'
import { ANY_HOST } from './hosts.ts'
import { isChallenge } from './paths.ts'
import type { Report } from './report.ts'
import type { Stake } from './stakes.ts'

export interface PassedHost {
  /** Absent where there is nobody to pass it to: the host is closed. */
  readonly spec: PassthroughSpec | undefined
  readonly origin: Origin
}

/**
 * @param stakes in order of precedence. @param claims those that were granted.
 * @returns undefined where TLS is ended here.
 */
export function passedHost(
  host: HostPattern,
  { stakes, claims }: { readonly stakes: readonly Stake[]; readonly claims: readonly Claim[] },
  report: Report,
): PassedHost | undefined {
  const known = stakes.filter(({ isKnown }) => isKnown)
  const asking = known.filter(asks)
  const [owner] = known
  if (owner === undefined || asking.length === 0) return undefined
  const { namespace, name } = owner.ingress.metadata
  const isChosen = asks(owner) && host !== ANY_HOST
  const ofOwner = `of Ingress ${namespace}/${name}, which comes first by age and name`
  for (const stake of isChosen ? asking.slice(1) : asking) {
    const why = host === ANY_HOST ? 'expected a rule with a host' : `TLS for ${host} is that ${ofOwner}`
    report.error(originFor(stake), 'PassthroughNotChosen', `${why}; it is not passed through`)
  }
  if (!isChosen) return undefined
  for (const stake of known.slice(1)) {
    if (asks(stake) || stake.claims.every(({ route }) => isChallenge(route.match.path))) continue
    const message = `TLS for ${host} is passed through to the backend ${ofOwner}; these paths are not served`
    report.warning(originOf(stake.ingress, 'spec.rules'), 'HostPassedThrough', message)
  }
  const isOwn = ({ route: { origin } }: Claim) => origin.namespace === namespace && origin.name === name
  const root = claims.find((claim) => claim.route.match.path.value === '/' && isOwn(claim) && claim.backends.length > 0)
  const origin = originFor(owner)
  if (root !== undefined) return { spec: specOf(root), origin }
  const message = `expected a path / of ${host} that leads to a Service, to pass TLS through to; the host is closed`
  report.error(origin, 'PassthroughWithoutBackend', message)
  return { spec: undefined, origin }
}

/** In clear text there is nothing on such a host but a redirect, and proof for an authority of certificates. */
export function passedRoute({ route, values }: Claim, { spec }: PassedHost, port: number): RouteSpec {
  if (isChallenge(route.match.path)) return route
  if (spec === undefined) return { ...route, action: brokenAction('PassthroughWithoutBackend') }
  return {
    ...route,
    filters: values['https.redirect'] ? [{ kind: 'https-redirect', port }] : [],
    action: { kind: 'reply', status: 404, reason: 'TlsPassedThrough' },
  }
}

function asks({ claims, fallbacks }: Stake): boolean {
  const [first] = [...claims, ...fallbacks]
  return first?.values['passthrough.enabled'] === true
}

function specOf({ backends, values }: Claim): PassthroughSpec {
  return {
    cluster: backends[0]!.cluster,
    connectMs: values['timeouts.connect'],
    proxyProtocol: values['passthrough.proxyProtocol'],
  }
}

function originFor({ ingress }: Stake): Origin {
  const annotation = 'sluice.dev/ssl-passthrough'
  return originOf(ingress, ingress.metadata.annotations.has(annotation) ? annotationField(annotation) : 'spec.rules')
}
