/** Which fault it is when a connection to an endpoint fails, by what Node and OpenSSL say of it. */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { FaultCode } from '../faults.ts'
import type { ResponseReader } from './response-reader.ts'

type SocketError = NodeJS.ErrnoException | undefined

const CERTIFICATE_FAULTS: Readonly<Record<string, FaultCode>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls-wrong-name',
  CERT_HAS_EXPIRED: 'tls-expired',
  CERT_NOT_YET_VALID: 'tls-expired',
}

/** Alerts that end a handshake. With TLS 1.3 a client hears of them when it has sent its first request already. */
const HANDSHAKE_ALERT = /^ERR_SSL_.*ALERT_(.*CERTIFICATE.*|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE|DECRYPT_ERROR)$/

/** The connection never stood. */
export function connectFault(socket: Socket, error: SocketError): FaultCode {
  const code = error?.code ?? ''
  if (code === 'ECONNREFUSED') return 'connect-refused'
  const { authorizationError, encrypted } = socket as Partial<TLSSocket>
  // It holds the code of the error where the certificate is why, and null otherwise.
  if (authorizationError) return CERTIFICATE_FAULTS[code] ?? 'tls-untrusted'
  const isOfTls = encrypted === true && (code.startsWith('ERR_SSL_') || code === 'EPROTO' || code === 'ECONNRESET')
  return isOfTls ? 'tls-handshake' : 'connect-failed'
}

/** It ended within an answer. @param answer where something of it had come. */
export function lostAnswer(
  answer: Pick<ResponseReader, 'started' | 'silent'> | undefined,
  error: SocketError,
): FaultCode {
  if (answer?.started === true) return 'upstream-reset-in-response'
  return answer?.silent === false ? 'upstream-invalid' : resetFault(error)
}

/** It ended while an answer was awaited. */
export function resetFault(error: SocketError): FaultCode {
  return HANDSHAKE_ALERT.test(error?.code ?? '') ? 'tls-handshake' : 'upstream-reset-before-response'
}
