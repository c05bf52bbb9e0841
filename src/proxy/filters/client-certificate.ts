/**
 * Lets pass who has shown the certificate that the host asks for, and tells the endpoint of it, in fields that a client
 * cannot send. What a connection was opened with is asked here, not in the handshake: so the answer can be read, and a
 * connection that was opened for another host, or before the settings changed, authorises nothing.
 */
import { matchesGlob } from '../../lib/glob.ts'
import type { FilterSpec } from '../../model/filter.ts'
import type { Exchange } from '../exchange.ts'
import { FAULTS, type FaultCode } from '../faults.ts'
import type { ClientCertificate, Reply } from '../sides.ts'
import type { Filter } from '../types.ts'

type Spec = Extract<FilterSpec, { kind: 'client-certificate' }>

const SUCCESS = 'SUCCESS'
const NONE = 'NONE'

export function clientCertificate(spec: Spec): Filter {
  return { onRequest: (exchange) => judge(spec, exchange) }
}

function judge(spec: Spec, exchange: Exchange): Reply | undefined {
  const { scheme, requestHeaders } = exchange
  if (scheme === 'http') return judgeClearText(spec, exchange)
  const shown = exchange.downstream.client.certificate
  // The client may open another connection, and is asked then (RFC 9110 section 15.5.20).
  if (shown?.verifiedBy !== spec.verifiedBy) return refusal('misdirected')
  const fault = faultOf(spec, shown)
  if (fault !== undefined) return refusal(fault)
  requestHeaders.add('ssl-client-verify', shown.verdict)
  if (shown.verdict === NONE) return undefined
  requestHeaders.add('ssl-client-subject-dn', shown.subject)
  requestHeaders.add('ssl-client-issuer-dn', shown.issuer)
  if (spec.forward) requestHeaders.add('ssl-client-cert', shown.pem)
  return undefined
}

/** Nobody shows anything there. */
function judgeClearText({ mode }: Spec, { requestHeaders }: Exchange): Reply | undefined {
  if (mode === 'required') return refusal('client-certificate-missing')
  requestHeaders.add('ssl-client-verify', NONE)
  return undefined
}

function faultOf({ mode, subject, names }: Spec, shown: ClientCertificate): FaultCode | undefined {
  if (shown.verdict === NONE) return mode === 'required' ? 'client-certificate-missing' : undefined
  if (shown.verdict !== SUCCESS && mode !== 'unverified') return 'client-certificate-invalid'
  const isNamed = names.length === 0 || shown.names.some((name) => names.some((each) => matchesGlob(each, name)))
  return isNamed && matchesGlob(subject, shown.subject) ? undefined : 'client-certificate-refused'
}

function refusal(fault: FaultCode): Reply {
  return { status: FAULTS[fault].status, fault }
}
