/** What is known of the status of one certificate, and what those should know who asked for it to be served. */
import type { Problem } from '../../model/problem.ts'
import type { ServedName } from '../translate/server-names.ts'
import type { StapleJudgement } from './staple-response.ts'

/** One certificate, while answers for it are wanted. */
export interface Stapling {
  readonly fingerprint: string
  /** Where to ask: its address. */
  readonly responder: string
  /** PEM, the certificate itself first. */
  readonly chain: string
  /** The last good answer in base64, and its end in milliseconds since the epoch. */
  staple: { readonly response: string; readonly until: number } | undefined
  /** Why there was none the last time. */
  failure: Exclude<StapleJudgement, { readonly result: 'good' }> | undefined
  failures: number
  wanted: boolean
  callOff: () => void
}

export function newStapling(about: Pick<Stapling, 'fingerprint' | 'responder' | 'chain'>): Stapling {
  return { ...about, staple: undefined, failure: undefined, failures: 0, wanted: true, callOff: () => {} }
}

/** Of each name that is served with a certificate whose responder did not say that it is good. */
export function staplingProblems(
  names: readonly ServedName[],
  staplings: ReadonlyMap<string, Pick<Stapling, 'failure' | 'responder'>>,
): readonly Problem[] {
  return names.flatMap(({ host, origin: at, certificate }): Problem[] => {
    const { failure, responder } = staplings.get(certificate.fingerprint) ?? {}
    if (failure === undefined) return []
    const message = `Secret ${certificate.name}: nothing new to staple (OCSP) for ${host} from ${responder}: ${failure.reason}`
    if (failure.result === 'revoked') return [{ at, severity: 'error', reason: 'CertificateRevoked', message }]
    return [{ at, severity: 'warning', reason: 'StaplingFailed', message }]
  })
}
