/**
 * Staples an answer of OCSP to a handshake (RFC 6066 section 8). Node lets a `tls.Server` of its own do that alone, which
 * asks for each connection anew; this gives the answer beforehand, by the private part behind that. Where it is not there
 * any more, nothing is stapled.
 */
import type { TLSSocket } from 'node:tls'

interface PrivateParts {
  readonly _handle: { readonly setOCSPResponse?: (response: Buffer) => void } | null
}

/** @param socket whose handshake has not begun. @param response in DER; it is sent if the client asks for it. */
export function staple(socket: TLSSocket, response: Buffer): void {
  const { _handle: handle } = socket as unknown as PrivateParts
  handle?.setOCSPResponse?.(response)
}
