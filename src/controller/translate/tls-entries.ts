/** What workers need to serve hosts, and to reach endpoints, by TLS. */
import type { AuthoritySpec, CertificateSpec } from '../../model/certificate.ts'
import { compareText } from '../../model/problem.ts'
import type { ServerNameSpec } from '../../model/server-name.ts'
import { type Entry, entryOf } from '../../model/snapshot.ts'
import { isSameTls, type TlsSpec } from '../../model/tls.ts'
import type { Certificate } from './certificates.ts'
import type { ServedHost } from './server-names.ts'

/** Certificates as texts, which are long: one that is as it was is not written again. */
const written = new WeakMap<CertificateSpec, Entry>()

/**
 * Each certificate once, then what is said of hosts.
 * @param tls what holds for the whole proxy. @param shown certificates for endpoints, not for clients.
 */
export function tlsEntries(hosts: readonly ServedHost[], tls: TlsSpec, shown: Iterable<Certificate>): readonly Entry[] {
  const certificates = [...new Set([...hosts.flatMap((host) => host.certificates), ...shown])]
  return [
    ...authorityEntries(hosts),
    ...certificates.sort((a, b) => compareText(a.name, b.name)).flatMap(certificateEntries),
    ...hosts.flatMap((host) => serverNameEntry(host, tls)),
  ]
}

/** Nothing is to be said of a host that has the default certificate and is served like all others. */
function serverNameEntry(served: ServedHost, usual: TlsSpec): readonly Entry[] {
  const { host, certificates, tls, auth, passthrough } = served
  if (passthrough !== undefined) return [entryOf('serverName', host, { certificates: [], passthrough })]
  const own = isSameTls(tls, usual) ? undefined : tls
  // Routes of a host with a broken authority are closed; there is nothing to ask clients for.
  const clientAuth = auth !== undefined && 'spec' in auth ? auth.spec : undefined
  if (certificates.length === 0 && own === undefined && clientAuth === undefined) return []
  const spec: ServerNameSpec = {
    certificates: certificates.map(({ name }) => name),
    ...(own && { tls: own }),
    ...(clientAuth && { clientAuth }),
  }
  return [entryOf('serverName', host, spec)]
}

/** Each once: those of one name come from one Secret. */
function authorityEntries(hosts: readonly ServedHost[]): readonly Entry[] {
  const found = new Map<string, AuthoritySpec>()
  for (const { auth } of hosts) if (auth !== undefined && 'spec' in auth) found.set(auth.spec.authority, auth.authority)
  const sorted = [...found].sort(([a], [b]) => compareText(a, b))
  return sorted.map(([name, authority]) => entryOf('authority', name, authority))
}

function certificateEntries({ name, spec, staple }: Certificate): readonly Entry[] {
  const entry = written.getOrInsertComputed(spec, () => entryOf('certificate', name, spec))
  return staple === undefined ? [entry] : [entry, entryOf('staple', name, staple)]
}
