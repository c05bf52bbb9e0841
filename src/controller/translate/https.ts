/**
 * What it means for a route that its host is served by TLS: clear text is redirected, and browsers are told so. By host
 * and not by Ingress: an Ingress that adds a path to a host with TLS does not open a way around it.
 */
import type { FilterSpec } from '../../model/filter.ts'
import type { RouteSpec } from '../../model/route.ts'
import type { RouteValues } from '../api/route-policy.ts'
import type { Claim } from './claims.ts'

export interface HttpsTerms {
  /** Whether the host has a certificate of its own. Browsers must not hold on to one that nobody vouches for. */
  readonly mode: 'own' | 'default'
  /** The port by which clients reach HTTPS. */
  readonly port: number
}

/** Routes that were made before: what did not change is the same object, which makes updates cheap (see Memory). */
const made = new WeakMap<Claim, Map<string, RouteSpec>>()

/** The route of a claim on a host with TLS. One that is broken says so at once. */
export function secured(claim: Claim, terms: HttpsTerms): RouteSpec {
  const { route, values } = claim
  if (route.action.kind === 'reply') return route
  const known = made.get(claim) ?? new Map<string, RouteSpec>()
  made.set(claim, known)
  const key = `${terms.mode} ${terms.port}`
  const before = known.get(key)
  if (before !== undefined) return before
  const filters = [...httpsFilters(values, terms), ...route.filters]
  const fresh = { ...route, filters }
  known.set(key, fresh)
  return fresh
}

function httpsFilters(values: RouteValues, { mode, port }: HttpsTerms): readonly FilterSpec[] {
  const redirect = { kind: 'https-redirect', port } as const
  const hsts = { kind: 'strict-transport-security', value: hstsOf(values) } as const
  return [
    ...(values['https.redirect'] ? [redirect] : []),
    ...(values['https.hsts.enabled'] && mode === 'own' ? [hsts] : []),
  ]
}

/** RFC 6797 section 6.1; `preload` is not of the RFC but of those who keep such lists. */
function hstsOf(values: RouteValues): string {
  const subdomains = values['https.hsts.includeSubdomains'] ? '; includeSubDomains' : ''
  return `max-age=${values['https.hsts.maxAgeSeconds']}${subdomains}${values['https.hsts.preload'] ? '; preload' : ''}`
}
