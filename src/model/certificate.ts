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
}
