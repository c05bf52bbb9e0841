/** Hosts with a certificate each, as manifests. */
import { selfSigned } from '../../src/lib/self-signed.ts'

const DAY_MS = 86_400_000
const nameOf = (host: string) => host.replaceAll('.', '-')
const metadataOf = (host: string) => ({ name: nameOf(host), namespace: 'bench' })

/** A Secret with a certificate that was not there before. */
export function secretOf(host: string): object {
  const now = Date.now()
  const { chain, key } = selfSigned({ commonName: host, names: [host], from: now - DAY_MS, until: now + 90 * DAY_MS })
  const stringData = { 'tls.crt': chain, 'tls.key': key }
  return { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: metadataOf(host), stringData }
}

/** Nobody asks for more than a handshake. */
export const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'nobody', namespace: 'bench' },
  spec: { ports: [{ port: 80 }] },
}

/** One for each host. */
export function ingressesOf(hosts: readonly string[]): object[] {
  const backend = { service: { name: 'nobody', port: { number: 80 } } }
  return hosts.map((host) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metadataOf(host),
    spec: {
      ingressClassName: 'sluice',
      tls: [{ hosts: [host], secretName: nameOf(host) }],
      rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  }))
}
