/** What the outside tells the harness. The only file of it that reads environment variables. */
import { homedir } from 'node:os'
import { join } from 'node:path'

const { env } = process

/** A variable that is set to nothing counts as not set. */
function variable(name: string): string | undefined {
  const value = env[name]
  return value === undefined || value === '' ? undefined : value
}

export const environment = {
  /** Where binaries are kept, outside of the checkout. */
  cache: join(variable('XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'sluice'),
  /** Folder of etcd, kube-apiserver and perhaps more, that goes before binaries of our own. */
  assets: variable('KUBEBUILDER_ASSETS'),
  /** A cluster that is there already. */
  kubeconfig: variable('E2E_KUBECONFIG'),
  /** Where that cluster's ingress is reached, as URLs. */
  http: variable('E2E_HTTP'),
  https: variable('E2E_HTTPS'),
  /** File of more images: lines `name: [argv]`. */
  images: variable('E2E_IMAGES'),
  /** Folder that gets the logs of every cluster when it is closed. */
  logs: variable('E2E_LOGS'),
  /** All of the volumes, instead of about a tenth. */
  full: variable('E2E_FULL') !== undefined,
  /** Set inside of a sandbox: the words that lead into its network from outside. */
  sandbox: variable('E2E_SANDBOX'),
  path: variable('PATH') ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
} as const

export type Variables = Readonly<Record<string, string>>

/** Variables for a program of the harness: ours, and those given. */
export function variablesWith(more: Variables): NodeJS.ProcessEnv {
  return { ...env, ...more }
}
