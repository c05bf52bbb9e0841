/** One Ingress: the hosts it names and what it claims there. Who gets what is decided in `merge.ts`. */
import type { HostPattern, Origin } from '../../model/route.ts'
import type { Ingress, IngressBackend, IngressRule } from '../api/kubernetes/ingress.ts'
import { originOf } from '../api/kubernetes/metadata.ts'
import type { Backends } from './backends.ts'
import type { CanaryHit } from './canaries.ts'
import { CanaryClaims } from './canary-claims.ts'
import { type Claim, claimOf } from './claims.ts'
import type { Served } from './classes.ts'
import { ANY_HOST, parseHost } from './hosts.ts'
import type { RoutePlace } from './limits.ts'
import { isChallenge, type PathMatch, parsePath, ROOT } from './paths.ts'
import type { Policies } from './policies.ts'
import { rateLimitFilters } from './rate-limits.ts'
import type { Report } from './report.ts'
import type { RouteRules } from './route-rules.ts'
import { judgeTls, type NameWish, type TlsJudgement } from './tls.ts'
import type { View } from './view.ts'

export interface Draft {
  /** All hosts that the Ingress names: they are known even where nothing is served on them. */
  readonly hosts: readonly HostPattern[]
  readonly claims: readonly Claim[]
  /** For paths that no claim on the same host covers. */
  readonly fallbacks: readonly Claim[]
  /** What it asks of TLS. */
  readonly names: readonly NameWish[]
  /** Canaries that mean a route of it. */
  readonly canaries: readonly CanaryHit[]
}

export interface DraftInputs {
  readonly view: Pick<View, 'secret' | 'staple'>
  readonly report: Report
  readonly backends: Backends
  readonly policies: Policies
  readonly rules: RouteRules
}

export function draftIngress(served: Served, inputs: DraftInputs): Draft {
  return new Drafting(served, inputs).draft()
}

class Drafting {
  readonly #served: Served
  readonly #ingress: Ingress
  readonly #report: Report
  readonly #backends: Backends
  readonly #policies: Policies
  readonly #rules: RouteRules
  readonly #view: Pick<View, 'secret' | 'staple'>
  #tls: TlsJudgement | undefined
  readonly #canaries: CanaryClaims

  constructor(served: Served, { view, report, backends, policies, rules }: DraftInputs) {
    this.#served = served
    this.#ingress = served.ingress
    this.#report = report
    this.#backends = backends
    this.#policies = policies
    this.#rules = rules
    this.#view = view
    this.#canaries = new CanaryClaims({ canaries: policies.canaries, backends, report })
  }

  draft(): Draft {
    const { rules, defaultBackend } = this.#ingress.spec
    const named = rules.flatMap((rule, i) => this.#named(rule, `spec.rules[${i}]`))
    const hosts = [...new Set(named.map(({ host }) => host))]
    // An Ingress without rules is for all hosts.
    this.#tls = judgeTls(this.#ingress, rules.length === 0 ? [ANY_HOST] : hosts, {
      view: this.#view,
      report: this.#report,
      rules: this.#rules.any,
    })
    const names = this.#tls.wishes
    const claims = named.flatMap((each) => this.#claims(each))
    const canaries = this.#canaries.hits
    if (defaultBackend !== undefined) {
      return { hosts, claims, fallbacks: this.#fallbacks(hosts, defaultBackend), names, canaries }
    }
    if (rules.length === 0) {
      this.#report.error(this.#at('spec'), 'NothingToServe', 'expected rules, a defaultBackend or both')
    }
    return { hosts, claims, fallbacks: [], names, canaries }
  }

  #named(rule: IngressRule, field: string): NamedRule[] {
    const parsed = parseHost(rule.host)
    if ('host' in parsed) return [{ rule, field, host: parsed.host }]
    this.#report.error(this.#at(`${field}.host`), 'InvalidHost', `${parsed.complaint}; this rule is left out`)
    return []
  }

  #claims({ rule, field, host }: NamedRule): Claim[] {
    return (rule.http?.paths ?? []).flatMap(({ path, pathType, backend }, i) => {
      const at = `${field}.http.paths[${i}]`
      const parsed = parsePath(path, pathType)
      if ('match' in parsed) {
        if (parsed.doubt !== undefined) this.#report.warning(this.#at(`${at}.path`), 'LiteralPath', parsed.doubt)
        const written = { host: rule.host, path }
        return [this.#claim({ host, path: parsed.match, backend, field: at, backendField: `${at}.backend`, written })]
      }
      const reason = parsed.field === 'path' ? 'InvalidPath' : 'InvalidPathType'
      this.#report.error(this.#at(`${at}.${parsed.field}`), reason, `${parsed.complaint}; this path is left out`)
      return []
    })
  }

  /**
   * `spec.defaultBackend` is for all hosts where there are no rules. Beside rules it is for what they leave open on
   * their own hosts: an Ingress catches nothing on hosts it does not name.
   */
  #fallbacks(hosts: readonly HostPattern[], backend: IngressBackend): Claim[] {
    const own = this.#ingress.spec.rules.length === 0 ? [ANY_HOST] : hosts
    const field = 'spec.defaultBackend'
    return own.map((host) => this.#claim({ host, path: ROOT, backend, field, backendField: field, label: 'default' }))
  }

  #claim({ host, path, backend, field, backendField, label = path.kind, written = {} }: Wanted): Claim {
    const { namespace, name } = this.#ingress.metadata
    const resolved = this.#backends.resolve(backend, this.#at(backendField))
    const closed = isChallenge(path) ? undefined : this.#tls?.refusal(host)
    const target = closed ?? resolved
    const service = 'refused' in target ? undefined : `${namespace}/${target.service}`
    const { values } = service === undefined ? this.#rules.any : this.#policies.toward(this.#rules, service)
    const id = `${namespace}/${name}/${host}${path.value}/${label}`
    const filters = rateLimitFilters(this.#policies.limits.ofRoute(this.#served, { ...written, service }))
    const route = { ingress: name, host, path: path.value }
    const canary = 'refused' in target ? undefined : this.#canaries.of(route, target)
    const asks = this.#tls?.auth
    return claimOf({ host, id, path, origin: this.#at(field), filters, canary, asks }, target, values)
  }

  #at(field: string): Origin {
    return originOf(this.#ingress, field)
  }
}

interface NamedRule {
  readonly rule: IngressRule
  readonly field: string
  readonly host: HostPattern
}

interface Wanted {
  readonly host: HostPattern
  readonly path: PathMatch
  readonly backend: IngressBackend | undefined
  readonly field: string
  readonly backendField: string
  /** Tells claims on the same path apart in the id of their routes; the kind of the path unless given. */
  readonly label?: string
  /** Host and path as the rule has them, where there is one. */
  readonly written?: RoutePlace
}
