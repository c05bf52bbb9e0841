/** Kubeconfig files: written for a cluster of ours, read for one that is there already. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import type { ApiAccess } from './api-client.ts'
import type { KeyPair } from './pki.ts'

export interface KubeconfigSpec {
  readonly file: string
  /** `https://host:port`. */
  readonly server: string
  readonly ca: string
  readonly client: KeyPair
}

/** With everything inside, so that it can be copied. */
export function writeKubeconfig({ file, server, ca, client }: KubeconfigSpec): void {
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'e2e', cluster: { server, 'certificate-authority-data': base64Of(ca) } }],
    users: [
      {
        name: 'admin',
        user: { 'client-certificate-data': base64Of(client.cert), 'client-key-data': base64Of(client.key) },
      },
    ],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'admin' } }],
    'current-context': 'e2e',
  }
  // JSON is YAML.
  writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 })
}

/** @throws Error where the file leads to no cluster. */
export async function readKubeconfig(file: string): Promise<ApiAccess> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  config.loadFromFile(file)
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new Error(`${file}: expected current-context to lead to a cluster`)
  const options: RequestOptions = {}
  await config.applyToHTTPSOptions(options)
  // The agent of the library would keep what plugins gave it; ours takes the plain options.
  const { agent: _, ...tls } = options
  return { server: cluster.server, tls }
}

function base64Of(file: string): string {
  return readFileSync(file).toString('base64')
}
