/** How a client is served that asks for a name by TLS. */
import type { AuthorityName, CertificateName } from './certificate.ts'
import type { ClusterName } from './cluster.ts'
import type { TlsSpec } from './tls.ts'

/** By host pattern; `*` is for names that have none, and for clients that name none. */
export interface ServerNameSpec {
  /** With keys of different types, of which a client gets one that it can verify; without any, the default one. */
  readonly certificates: readonly CertificateName[]
  /** Where it is not what holds for the whole proxy. */
  readonly tls?: TlsSpec
  /** Clients are asked for a certificate. */
  readonly clientAuth?: ClientAuthSpec
  /** TLS is not ended here: connections go to the endpoints of a cluster as they are. */
  readonly passthrough?: PassthroughSpec
}

/** How the certificates of clients are verified. */
export interface ClientAuthSpec {
  readonly authority: AuthorityName
  /** Another one where anything of this is: what was verified by one says nothing about another. */
  readonly id: string
  /** Most certificates between that of a client and one that vouches for itself. */
  readonly maxIntermediates: number
}

export interface PassthroughSpec {
  readonly cluster: ClusterName
  /** Milliseconds for one attempt to connect; 0 is no limit. */
  readonly connectMs: number
  /** Which version of the PROXY protocol tells endpoints of the client. */
  readonly proxyProtocol: 'off' | 'v1' | 'v2'
}
