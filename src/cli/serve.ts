/** `sluice serve`: a folder of manifests instead of a cluster, and the examples that such a folder can be. */
import { statSync } from 'node:fs'
import type { Given } from '../config/read.ts'
import type { Config } from '../config.ts'
import type { Lookup } from '../controller/observer.ts'
import { FilesSource } from '../controller/source/files.ts'
import type { ResourceState } from '../controller/source/kube/kube.ts'
import type { Source } from '../controller/source/source.ts'
import type { StatusAuthor } from '../controller/status/status-author.ts'
import type { TranslateOptions } from '../controller/translate/options.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { type Example, exampleText, readExample } from './example.ts'
import { SampleBackends } from './sample-backends.ts'
import { translateOptions } from './translate-options.ts'
import { tryOut } from './try-out.ts'

/** Where the process can be reached once it listens. */
export interface Listening {
  /** Address to connect to: that of a bind to all addresses is loopback. */
  readonly host: string
  readonly httpPort: number
  readonly http: string
  readonly https: string
  readonly admin: string
}

/** A cluster that is read, and told what became of its objects. */
export interface Cluster {
  readonly resources: () => readonly ResourceState[]
  /** Milliseconds since the epoch, by its own clock. */
  readonly time: () => number
  /** Nobody where the cluster does not say who we are. */
  readonly author: (look: Lookup) => StatusAuthor | undefined
}

/** What a subcommand adds to the process. */
export interface Command {
  readonly source: Source
  readonly cluster?: Cluster
  readonly options: TranslateOptions
  /** Called when traffic is served. */
  readonly announce: (listening: Listening) => Promise<void>
  readonly close: () => void
}

export interface CommandSpec {
  readonly config: Config
  readonly given: Given
  readonly clock: Clock
  readonly log: Log
  /** One text for people, on standard output. */
  readonly print: (text: string) => void
}

/** Address and ports as a client on this machine writes them. */
export function reachable(ports: Pick<Config, 'bind' | 'httpPort' | 'httpsPort'>, adminPort: number): Listening {
  const { bind, httpPort, httpsPort } = ports
  const host = LOOPBACK_OF.get(bind) ?? bind
  const inUrl = host.includes(':') ? `[${host}]` : host
  const at = (scheme: string, port: number) => `${scheme}://${inUrl}:${port}`
  return { host, httpPort, http: at('http', httpPort), https: at('https', httpsPort), admin: at('http', adminPort) }
}

/** Nobody can connect to "all addresses". */
const LOOPBACK_OF: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
])

const TRY_OUT_MS = 15_000

/** Loopback endpoints are the normal case here, and nobody else serves an Ingress without a class. */
const ON_A_LAPTOP = { serveWithoutClass: true, allowLoopbackEndpoints: true }

/** @throws Error in words where the folder cannot be served. */
export async function serve(spec: CommandSpec): Promise<Command> {
  const { config, given, clock } = spec
  const dir = config.manifests
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new Error(`--manifests: expected a folder, but ${dir} is none`)
  }
  const example = readExample(dir)
  const backends = await SampleBackends.start(example?.backends ?? [])
  return {
    source: new FilesSource({ dir, clock }),
    options: { ...translateOptions(config, given), ...ON_A_LAPTOP },
    close: () => backends.close(),
    announce: async (listening) => {
      const { http, https, admin } = listening
      spec.print(`Sluice serves ${dir} at ${http} and ${https}, see also ${admin}/debug/routes`)
      if (example !== undefined) await announceExample(example, listening, spec)
    },
  }
}

async function announceExample(example: Example, listening: Listening, spec: CommandSpec): Promise<void> {
  const { host, httpPort: port, http, admin } = listening
  const { clock, log, print, config } = spec
  const complaints = await tryOut(example.requests, { clock, host, port, deadlineMs: TRY_OUT_MS })
  for (const complaint of complaints) log.error({ request: complaint }, 'a request of the example does not work')
  if (complaints.length === 0) print(`\n${exampleText({ example, dir: config.manifests, http, admin })}`)
}
