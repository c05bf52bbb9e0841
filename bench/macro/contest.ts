/**
 * One scenario with one way of logging: every contestant is started and warmed up, then they take turns, round by
 * round, so that whatever else happens on the machine happens to all of them.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { selfSigned } from '../../src/lib/self-signed.ts'
import type { Backend } from './backend.ts'
import { Child, freePort } from './child.ts'
import { cpuMicros, machineMicros, ownMicros } from './cpu.ts'
import { load } from './load.ts'
import type { LoadSpec } from './load-spec.ts'
import type { LogMode, Options } from './options.ts'
import type { Peer, TlsFiles } from './peers/peer.ts'
import type { Scenario, Variation } from './scenarios.ts'

/** The proxy has one core to itself; wrk and the backend share the other. */
export const PROXY_CORE = 1
export const LOAD_CORE = 0

export interface Measurement {
  /** User and system time of the proxy for one request, in microseconds. */
  readonly cpuMicros: number
  readonly requestsPerSecond: number
  readonly p99Ms: number
  /** Share of one core's time that the proxy used: 1 means the proxy is what limits the rate. */
  readonly busy: number
  /** Share of one core's time that went to programs that are none of ours. */
  readonly others: number
  readonly errors: number
}

/** A round in which others used more than this share of a core says little. */
const DISTURBANCE = 0.15
/** How many times the wanted rounds are played at most, to find quiet ones. */
const PATIENCE = 3

type Round = readonly Measurement[]

export interface Contestant {
  readonly name: string
  readonly peer: Peer
  readonly variation: Variation
}

export interface Arena {
  readonly dir: string
  readonly backend: Backend
  readonly options: Options
}

/** A contestant that runs: where it listens and what load it gets. */
export interface Player {
  readonly contestant: Contestant
  readonly child: Child
  readonly load: LoadSpec
}

export function contestantsOf(scenario: Scenario, peers: readonly Peer[]): Contestant[] {
  const fit = peers.filter((peer) => scenario.peers?.includes(peer.name) ?? true)
  return scenario.variations.flatMap((variation) =>
    fit.map((peer) => ({ name: peer.name + suffix(scenario, variation), peer, variation })),
  )
}

function suffix(scenario: Scenario, variation: Variation): string {
  if (scenario.variations.length === 1) return ''
  if (variation.machinery !== undefined) return `, machinery ${variation.machinery}`
  const hosts = new Set(scenario.variations.map((v) => v.hosts)).size > 1
  return hosts ? `, ${variation.hosts} host(s)` : `, ${variation.workers} worker(s)`
}

/** Measurements of each contestant by name, one for each of the quietest rounds. */
export async function contest(
  scenario: Scenario,
  log: LogMode,
  contestants: readonly Contestant[],
  arena: Arena,
): Promise<Map<string, Measurement[]>> {
  const players: Player[] = []
  try {
    for (const contestant of contestants) players.push(await enter(contestant, { scenario, log, arena }))
    for (const { load: spec } of players) await load({ ...spec, seconds: arena.options.warmUpSeconds })
    const rounds = await play(players, arena.options.rounds)
    return new Map(contestants.map(({ name }, n) => [name, rounds.map((round) => round[n]!)]))
  } finally {
    await Promise.all(players.map((player) => player.child.stop()))
  }
}

/** As many quiet rounds as wanted, or the quietest there were when patience ends. */
async function play(players: readonly Player[], wanted: number): Promise<Round[]> {
  const rounds: Measurement[][] = []
  const quiet = () => rounds.filter((round) => disturbance(round) <= DISTURBANCE).length
  while (quiet() < wanted && rounds.length < wanted * PATIENCE) {
    const round: Measurement[] = []
    for (const player of players) round.push(await measure(player))
    rounds.push(round)
  }
  return rounds.toSorted((a, b) => disturbance(a) - disturbance(b)).slice(0, wanted)
}

function disturbance(round: Round): number {
  return Math.max(...round.map((measurement) => measurement.others))
}

export interface Match {
  readonly scenario: Scenario
  readonly log: LogMode
  readonly arena: Arena
  readonly profileDir?: string
}

let entered = 0

/** Starts a contestant and waits until it forwards. */
export async function enter(contestant: Contestant, match: Match): Promise<Player> {
  const { scenario, arena } = match
  const { hosts: count, workers, machinery } = contestant.variation
  const dir = join(arena.dir, `${contestant.peer.name.replaceAll(/[^\w]/g, '-')}-${entered++}`)
  mkdirSync(dir)
  const port = await freePort()
  const hosts = Array.from({ length: count }, (_, i) => `host-${i}.bench.test`)
  const command = contestant.peer.prepare({
    dir,
    port,
    tls: scenario.request.tls ? tlsFiles(dir, hosts) : undefined,
    adminPort: await freePort(),
    backendPort: scenario.request.grpc ? arena.backend.h2cPort : arena.backend.port,
    grpc: scenario.request.grpc === true,
    workers,
    hosts,
    machinery,
    accessLog: match.log === 'off' ? undefined : join(dir, 'access.log'),
    profileDir: match.profileDir,
  })
  const pin = arena.options.pin && scenario.measure !== 'rps'
  const child = new Child({ command, dir, core: pin ? PROXY_CORE : undefined })
  await child.ready(port, hosts[0]!, scenario.request.tls)
  const { seconds } = arena.options
  const connections = scenario.request.connections ?? arena.options.connections
  const core = pin ? LOAD_CORE : undefined
  return { contestant, child, load: { dir, port, hosts, request: scenario.request, connections, seconds, core } }
}

/** Of the kind that cert-manager asks for by default, but for its key: ECDSA is what all of them are fast at. */
function tlsFiles(dir: string, hosts: readonly string[]): TlsFiles {
  const day = 86_400_000
  const dates = { from: Date.now() - day, until: Date.now() + day }
  const { chain, key } = selfSigned({ commonName: hosts[0]!, names: hosts, ...dates, keyType: 'ec' })
  const files = { certificate: join(dir, 'tls.crt'), key: join(dir, 'tls.key'), both: join(dir, 'tls.pem') }
  writeFileSync(files.certificate, chain)
  writeFileSync(files.key, key)
  writeFileSync(files.both, `${chain}${key}`)
  return files
}

async function measure(player: Player): Promise<Measurement> {
  const foreign = machineMicros() - ownMicros()
  const before = cpuMicros(player.child.pid)
  const { requests, seconds, p99Ms, errors } = await load(player.load)
  const used = cpuMicros(player.child.pid) - before
  const others = machineMicros() - ownMicros() - foreign
  return {
    cpuMicros: used / requests,
    requestsPerSecond: requests / seconds,
    p99Ms,
    busy: used / (seconds * 1e6),
    others: Math.max(0, others / (seconds * 1e6)),
    errors,
  }
}
