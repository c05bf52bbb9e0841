/** What a client is shown that asks for a name by TLS. */
import type { TlsSpec } from './tls.ts'

/** `namespace/name` of the Secret that it comes from. */
export type CertificateName = string & { readonly __brand: 'CertificateName' }

/** Holds a private key: goes to workers and nowhere else. Views name the kinds they show, and this is not one. */
export interface CertificateSpec {
  /** PEM, the server's own certificate first. */
  readonly chain: string
  /** PEM, without a passphrase. */
  readonly key: string
}

/** By host pattern; `*` is for names that have none, and for clients that name none. */
export interface ServerNameSpec {
  /** With keys of different types, of which a client gets one that it can verify; without any, the default one. */
  readonly certificates: readonly CertificateName[]
  /** Where it is not what holds for the whole proxy. */
  readonly tls?: TlsSpec
  /** Clients are asked for a certificate. */
  readonly clientAuth?: ClientAuthSpec
}

/** `namespace/name` of the Secret that it comes from. */
export type AuthorityName = string & { readonly __brand: 'AuthorityName' }

/** Who vouches for clients, and what they have revoked (RFC 5280). */
export interface AuthoritySpec {
  /** Certificates in PEM, one or more in a text. */
  readonly ca: readonly string[]
  /** Lists in PEM, one in a text. Without any, nothing is taken for revoked; with one, all certificates of a chain have to be covered. */
  readonly crl: readonly string[]
}

/** How the certificates of clients are verified. */
export interface ClientAuthSpec {
  readonly authority: AuthorityName
  /** Another one where anything of this is: what was verified by one says nothing about another. */
  readonly id: string
  /** Most certificates between that of a client and one that vouches for itself. */
  readonly maxIntermediates: number
}
