/** Material of TLS: what is shown, and who vouches for others. */

/** `namespace/name` of the Secret that it comes from. */
export type CertificateName = string & { readonly __brand: 'CertificateName' }

/** Holds a private key: goes to workers and nowhere else. Views name the kinds they show, and this is not one. */
export interface CertificateSpec {
  /** PEM, the server's own certificate first. */
  readonly chain: string
  /** PEM, without a passphrase. */
  readonly key: string
}

/** `namespace/name` of the Secret that it comes from. */
export type AuthorityName = string & { readonly __brand: 'AuthorityName' }

/** Who vouches for clients, and what they have revoked (RFC 5280). */
export interface AuthoritySpec {
  /** Certificates in PEM, one or more in a text. */
  readonly ca: readonly string[]
  /** Lists in PEM, one in a text. Without any, nothing is taken for revoked; with one, all of a chain have to be covered. */
  readonly crl: readonly string[]
}
