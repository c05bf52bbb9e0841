/**
 * Access by a kubeconfig file or by the ServiceAccount of a Pod. The library reads the configuration and runs exec
 * plugins (and is loaded for nothing else: it costs 80 MB); here is decided when it has to do so again.
 */
import { readFileSync } from 'node:fs'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent, type RequestOptions } from 'node:https'
import { dirname, resolve } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { parse } from 'yaml'
import type { Clock } from '../../../lib/clock.ts'
import { isObject } from '../../../lib/shape.ts'
import type { Access, Way } from './access.ts'

/** For how long what was read is good. Tokens and CAs are rotated long before their end. */
const REREAD_MS = 10_000
/** How long a read may take before another one is begun: an exec plugin may wait for a person, or hang. */
const READING_MS = 60_000

export interface KubeconfigInit {
  /** The kubeconfig file; without one, the ServiceAccount of the Pod we run in. */
  readonly file?: string
  /** Stands before the paths of the ServiceAccount, for tests. */
  readonly root?: string
  readonly clock: Clock
}

interface Loaded {
  readonly config: KubeConfig
  /** What it was read from. */
  readonly text: string
}

export class KubeconfigAccess implements Access {
  readonly #init: KubeconfigInit
  #loaded: Loaded | undefined
  #way: Promise<Way> | undefined
  #goodUntil = 0
  #agent: { readonly identity: string; readonly agent: HttpAgent } | undefined

  constructor(init: KubeconfigInit) {
    this.#init = init
  }

  current(): Promise<Way> {
    const { clock } = this.#init
    if (this.#way !== undefined && clock.now() < this.#goodUntil) return this.#way
    this.#goodUntil = clock.now() + READING_MS
    const way = this.#read()
    this.#way = way
    way.then(
      () => {
        if (this.#way === way) this.#goodUntil = clock.now() + REREAD_MS
      },
      () => {
        if (this.#way === way) this.#way = undefined
      },
    )
    return way
  }

  refused(): void {
    this.#loaded = undefined
    this.#way = undefined
  }

  async #read(): Promise<Way> {
    const { config, cluster } = this.#config()
    const options: RequestOptions = {}
    await config.applyToHTTPSOptions(options)
    const identity = JSON.stringify([cluster.server, cluster.proxyUrl, ...tlsOf(options).map(String)])
    if (this.#agent?.identity !== identity) {
      this.#agent = { identity, agent: agentFor(options, cluster) }
      // The agent of a proxy is the library's, which keeps it (and the CA it knows) for the life of the object.
      if (cluster.proxyUrl !== undefined) this.#loaded = undefined
    }
    return { server: cluster.server, headers: headersOf(options), agent: this.#agent.agent }
  }

  /** The library keeps what plugins gave it until that expires, so the same object is used while the file is the same. */
  #config() {
    const { file, root } = this.#init
    const text = file === undefined ? '' : readFileSync(file, 'utf8')
    if (this.#loaded?.text !== text)
      this.#loaded = { text, config: file === undefined ? inCluster(root) : load(file, text) }
    const { config } = this.#loaded
    const cluster = config.getCurrentCluster()
    if (cluster === null) throw new Error(`${file}: expected current-context to lead to a cluster`)
    return { config, cluster }
  }
}

function inCluster(root = ''): KubeConfig {
  const config = new KubeConfig()
  config.loadFromCluster(root)
  if (!URL.canParse(config.getCurrentCluster()?.server ?? '') || /undefined/.test(config.clusters[0]!.server)) {
    throw new Error('this is no Pod of a cluster (KUBERNETES_SERVICE_HOST is not set); expected --kubeconfig FILE')
  }
  return config
}

function load(file: string, text: string): KubeConfig {
  const config = new KubeConfig()
  try {
    config.loadFromString(text)
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message.split('\n')[0] : 'cannot be read'}`)
  }
  config.makePathsAbsolute(dirname(resolve(file)))
  followTokenFiles(config, file, text)
  for (const cluster of config.clusters) allowPlainHttp(cluster)
  return config
}

type Cluster = KubeConfig['clusters'][number]
type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** The library does not know `tokenFile`, which beats `token` (as it does for kubectl) and is read again and again. */
function followTokenFiles(config: KubeConfig, file: string, text: string): void {
  const raw: unknown = parse(text)
  const users = isObject(raw) && Array.isArray(raw.users) ? raw.users : []
  for (const each of users) {
    if (!isObject(each) || !isObject(each.user) || typeof each.user.tokenFile !== 'string') continue
    const tokenFile = resolve(dirname(resolve(file)), each.user.tokenFile)
    const user: Writable<KubeConfig['users'][number]> | undefined = config.users.find(({ name }) => name === each.name)
    if (user === undefined) continue
    user.authProvider = { name: 'tokenFile', config: { tokenFile } }
    delete user.token
  }
}

/** The library refuses `http:` (what `kubectl proxy` offers) unless told not to verify TLS, of which there is none. */
function allowPlainHttp(cluster: Writable<Cluster>): void {
  if (cluster.server.startsWith('http:')) cluster.skipTLSVerify = true
}

/** What makes a connection one that is trusted and known by the server. */
function tlsOf({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions) {
  return [ca, cert, key, servername, rejectUnauthorized] as const
}

/** Connections made under an old CA or certificate are left to finish what they do. */
function agentFor(options: RequestOptions, { server, proxyUrl }: Cluster): HttpAgent {
  if (proxyUrl !== undefined && options.agent instanceof HttpAgent) return options.agent
  if (server.startsWith('http:')) return new HttpAgent({ keepAlive: true })
  const [ca, cert, key, servername, rejectUnauthorized] = tlsOf(options)
  return new HttpsAgent({
    keepAlive: true,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  })
}

/** A token is often followed by the end of its line, which no field may hold. */
function headersOf({ headers, auth }: RequestOptions): Readonly<Record<string, string>> {
  const given = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value).trim()])
  const basic = typeof auth === 'string' ? { authorization: `Basic ${btoa(auth)}` } : {}
  return { ...basic, ...Object.fromEntries(given) }
}
