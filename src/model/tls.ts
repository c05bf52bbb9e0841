/** How TLS is spoken with clients: what can be asked for, and what is right where nobody asks. */

export const TLS_VERSIONS = ['1.2', '1.3'] as const
export type TlsVersion = (typeof TLS_VERSIONS)[number]

/**
 * Ciphers by the names of OpenSSL. All of them have forward secrecy; those in CBC mode are for clients that have
 * nothing better.
 */
export const TLS_CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
] as const
export type TlsCipher = (typeof TLS_CIPHERS)[number]

/** Groups for the exchange of keys. */
export const TLS_CURVES = ['X25519MLKEM768', 'X25519', 'P-256', 'P-384', 'P-521'] as const
export type TlsCurve = (typeof TLS_CURVES)[number]

/** Lists are in order of preference. */
export interface TlsSpec {
  readonly versions: readonly TlsVersion[]
  /** Of each version; where none of it is named, those of the default. */
  readonly ciphers: readonly TlsCipher[]
  readonly curves: readonly TlsCurve[]
}

export const DEFAULT_TLS: TlsSpec = {
  versions: TLS_VERSIONS,
  // Forward secrecy and authenticated encryption (RFC 9325 section 4.2).
  ciphers: TLS_CIPHERS.slice(0, 9),
  curves: TLS_CURVES,
}

/** Whether both say the same. Where nobody asked for anything, their lists are the very same. */
export function isSameTls(a: TlsSpec, b: TlsSpec): boolean {
  return a === b || (isSame(a.versions, b.versions) && isSame(a.ciphers, b.ciphers) && isSame(a.curves, b.curves))
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a === b || a.join() === b.join()
}

/** What a session ticket is sealed with; the first bytes are its name, which stands in the ticket. */
export const TICKET_KEY_BYTES = 48
export const TICKET_KEY_NAME_BYTES = 16

/** Which version a cipher is of. */
export function versionOf(cipher: TlsCipher): TlsVersion {
  return cipher.startsWith('TLS_') ? '1.3' : '1.2'
}
