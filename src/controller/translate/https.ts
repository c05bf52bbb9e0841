/**
 * What it means for a route that its host is served by TLS: clear text is redirected, and browsers are told so. By host
 * and not by Ingress: an Ingress that adds a path to a host with TLS does not open a way around it.
 */
import type { FilterSpec } from '../../model/filter.ts'
import type { RouteSpec } from '../../model/route.ts'
import type { RouteValues } from '../api/route-policy.ts'
import { brokenAction, type Claim } from './claims.ts'
import { type AskedAuth, isSameAuth } from './client-auth.ts'
import { isChallenge } from './paths.ts'

export interface HttpsTerms {
  /** Whether the host has a certificate of its own. Browsers must not hold on to one that nobody vouches for. */
  readonly mode: 'own' | 'default'
  /** What certificates clients have to show. */
  readonly auth: AskedAuth
  /** The port by which clients reach HTTPS. */
  readonly port: number
}

/** As it is told to the Ingress, see `ServerNames`. */
const NOT_CHOSEN = 'ClientCertificatesNotChosen'

/** The route of a claim on a host with TLS. One that is broken says so at once. */
export function secured(claim: Claim, terms: HttpsTerms): RouteSpec {
  const { route } = claim
  if (route.action.kind === 'reply') return route
  const closed = closedBy(claim, terms)
  if (closed !== undefined) return { ...route, action: brokenAction(closed) }
  return { ...route, filters: [...httpsFilters(claim, terms), ...route.filters] }
}

/**
 * Why a route must not be served: who decides for the host asked for certificates and cannot have them; or the Ingress of
 * the route asks for others than who decides.
 */
function closedBy({ asks, route }: Claim, { auth }: HttpsTerms): string | undefined {
  if (isChallenge(route.match.path)) return undefined
  if (auth !== undefined && 'refused' in auth) return auth.refused
  return asks === undefined || isSameAuth(asks, auth) ? undefined : NOT_CHOSEN
}

function httpsFilters({ route, values }: Claim, { mode, auth, port }: HttpsTerms): readonly FilterSpec[] {
  const redirect = { kind: 'https-redirect', port } as const
  const hsts = { kind: 'strict-transport-security', value: hstsOf(values) } as const
  return [
    ...(values['https.redirect'] ? [redirect] : []),
    ...(auth !== undefined && 'filter' in auth && !isChallenge(route.match.path) ? [auth.filter] : []),
    ...(values['https.hsts.enabled'] && mode === 'own' ? [hsts] : []),
  ]
}

/** RFC 6797 section 6.1; `preload` is not of the RFC but of those who keep such lists. */
function hstsOf(values: RouteValues): string {
  const subdomains = values['https.hsts.includeSubdomains'] ? '; includeSubDomains' : ''
  return `max-age=${values['https.hsts.maxAgeSeconds']}${subdomains}${values['https.hsts.preload'] ? '; preload' : ''}`
}
