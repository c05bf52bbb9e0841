/** Sluice from this working tree (or another, see bench/compare.ts), fed with manifests like anybody's. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BACKEND_ADDRESSES, MACHINERY } from '../machinery.ts'
import type { Peer, PeerSetup, TlsFiles } from './peer.ts'

const THIS_TREE = fileURLToPath(new URL('../../..', import.meta.url))
/** Rules in one Ingress; real ones are small. */
const HOSTS_PER_INGRESS = 100
const METADATA = { name: 'bench', namespace: 'bench' }

/**
 * @param root working tree to run.
 * @param flags more of Sluice's own flags; the last of a kind counts.
 */
export function sluicePeer(name: string, root: string, flags: readonly string[] = []): Peer {
  return {
    name,
    missing: () => undefined,
    prepare(setup) {
      const manifests = join(setup.dir, 'manifests')
      mkdirSync(manifests)
      writeManifests(manifests, setup)
      const profile = setup.profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${setup.profileDir}`]
      const settings = {
        '--manifests': manifests,
        '--workers': `${setup.workers}`,
        '--http-port': setup.tls === undefined ? `${setup.port}` : '0',
        '--https-port': setup.tls === undefined ? '0' : `${setup.port}`,
        '--admin-port': `${setup.adminPort}`,
        '--access-log': setup.accessLog ?? 'off',
      }
      return {
        file: process.execPath,
        args: [...profile, join(root, 'src/main.ts'), 'serve', ...Object.entries(settings).flat(), ...flags],
      }
    },
  }
}

export const sluice = sluicePeer('sluice', THIS_TREE)

function writeManifests(dir: string, setup: PeerSetup): void {
  writeFileSync(join(dir, 'backend.yaml'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: backend(setup) }))
  for (let at = 0; at < setup.hosts.length; at += HOSTS_PER_INGRESS) {
    const ingress = ingressOf(`bench-${at}`, setup.hosts.slice(at, at + HOSTS_PER_INGRESS), setup)
    writeFileSync(join(dir, `ingress-${at}.yaml`), JSON.stringify(ingress))
  }
}

function secret({ certificate, key }: TlsFiles): object {
  const data = { 'tls.crt': readFileSync(certificate, 'base64'), 'tls.key': readFileSync(key, 'base64') }
  return { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: METADATA, data }
}

function backend(setup: PeerSetup): object[] {
  const metadata = METADATA
  const port = { name: 'http', port: 80, ...(setup.grpc && { appProtocol: 'kubernetes.io/h2c' }) }
  const { machinery } = setup
  const addresses = machinery === undefined ? BACKEND_ADDRESSES.slice(0, 1) : BACKEND_ADDRESSES
  const annotated = { ...metadata, ...(machinery && { annotations: MACHINERY[machinery].service }) }
  return [
    ...(setup.tls === undefined ? [] : [secret(setup.tls)]),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'sluice' },
      spec: { controller: 'sluice.dev/ingress-controller' },
    },
    { apiVersion: 'v1', kind: 'Service', metadata: annotated, spec: { ports: [port] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'bench' } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: setup.backendPort }],
      endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    },
  ]
}

function ingressOf(name: string, hosts: readonly string[], { tls, machinery }: PeerSetup): object {
  const service = { name: 'bench', port: { number: 80 } }
  const http = { paths: [{ path: '/', pathType: 'Prefix', backend: { service } }] }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: 'bench', ...(machinery && { annotations: MACHINERY[machinery].ingress }) },
    spec: {
      ingressClassName: 'sluice',
      rules: hosts.map((host) => (host === '*' ? { http } : { host, http })),
      ...(tls && { tls: [{ hosts, secretName: METADATA.name }] }),
    },
  }
}
