/** What the operator wants for everybody: a backend for what nobody wants, a certificate, keys of session tickets. */
import type { Problem } from '../../model/problem.ts'
import type { HostPattern, Origin } from '../../model/route.ts'
import type { Entry } from '../../model/snapshot.ts'
import type { TlsSpec } from '../../model/tls.ts'
import { type Asked, NotingView } from './asked.ts'
import { Backends } from './backends.ts'
import { certificateOf, withStaple } from './certificates.ts'
import { type Claim, claimOf } from './claims.ts'
import type { Inputs } from './cluster-part.ts'
import { ANY_HOST } from './hosts.ts'
import type { Rulebook } from './kept-policies.ts'
import { limitStoreEntries } from './limit-store.ts'
import { askForLink } from './link.ts'
import type { Parts } from './parts.ts'
import { ROOT } from './paths.ts'
import { Report } from './report.ts'
import type { ServedHost } from './server-names.ts'
import { ticketKeyEntries } from './ticket-keys.ts'

/** Makes the claim of the default backend on a host. */
export type LastResort = (host: HostPattern) => Claim

export interface Wishes {
  readonly lastResort: LastResort | undefined
  /** For names without a certificate; workers make one themselves where it is missing. */
  readonly fallback: ServedHost | undefined
  /** What is there once, for the whole process. */
  readonly entries: readonly Entry[]
  readonly problems: readonly Problem[]
}

export class Operator {
  readonly #asked: Asked
  #rulebook: Rulebook | undefined
  #isPut = false
  #wishes: Wishes = { lastResort: undefined, fallback: undefined, entries: [], problems: [] }

  constructor(asked: Asked) {
    this.#asked = asked
  }

  /** The same as last time where nothing changed. */
  get wishes(): Wishes {
    return this.#wishes
  }

  /** @param isStale whether something changed that was asked for. */
  update(isStale: boolean, rulebook: Rulebook, { view, options }: Inputs): void {
    if (!isStale && rulebook === this.#rulebook) return
    this.#rulebook = rulebook
    const noting = new NotingView(view)
    const report = new Report()
    const inputs = { view: noting, options }
    this.#wishes = {
      lastResort: lastResort(inputs, rulebook, report),
      fallback: fallback(inputs, rulebook.tls, report),
      entries: [
        ...ticketKeyEntries(rulebook.configs.global, noting, report),
        ...limitStoreEntries(rulebook.configs.global, noting, report),
      ],
      problems: report.problems,
    }
    this.#asked.note('operator', noting.asked)
    this.#isPut = false
  }

  put(parts: Parts): void {
    if (this.#isPut) return
    this.#isPut = true
    const { entries, problems } = this.#wishes
    parts.put('operator', { entries, problems })
  }
}

function fallback({ view, options }: Inputs, tls: TlsSpec, report: Report): ServedHost | undefined {
  const { defaultCertificate: name } = options
  if (name === undefined) return undefined
  const [namespace = '', secretName = ''] = name.split('/')
  const origin: Origin = { kind: 'Option', namespace: '', name: 'default-ssl-certificate' }
  const secret = view.secret(namespace, secretName)
  const found = secret === undefined ? { complaint: 'there is none' } : certificateOf(secret)
  if (!('complaint' in found)) {
    return { host: ANY_HOST, certificates: [withStaple(found, view)], tls, auth: undefined, origin }
  }
  report.error(
    origin,
    'InvalidTlsSecret',
    `Secret ${name}, ${found.complaint}; a self-made certificate is in its place`,
  )
  return undefined
}

/** The default backend has no Ingress behind it; its origin is the option. */
function lastResort(
  { view, options }: Inputs,
  { configs, policies }: Rulebook,
  report: Report,
): LastResort | undefined {
  if (options.defaultBackend === undefined) return undefined
  const origin: Origin = { kind: 'Option', namespace: '', name: 'default-backend-service' }
  const target = new Backends(view, options, report).resolveText(options.defaultBackend, origin)
  if (!('refused' in target)) askForLink(target, view, policies)
  const { values } = configs.processRoutes
  return (host) => {
    const id = `option/default-backend-service/${host}//default`
    return claimOf({ host, id, path: ROOT, origin }, target, values)
  }
}
