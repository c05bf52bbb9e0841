/** `npm run bench`: Sluice beside its peers, in one run, in turns. See docs/performance.md for the method. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, release, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { startBackend } from './backend.ts'
import { type Arena, contest, contestantsOf, LOAD_CORE } from './contest.ts'
import { idleMemory } from './idle.ts'
import { debianMissing } from './installed.ts'
import { chosen, type LogMode, type Options, parseOptions } from './options.ts'
import { caddy } from './peers/caddy.ts'
import { envoy } from './peers/envoy.ts'
import { haproxy } from './peers/haproxy.ts'
import { nginx, nginxAsIngress, nginxTuned } from './peers/nginx.ts'
import type { Peer } from './peers/peer.ts'
import { sluice } from './peers/sluice.ts'
import { perf } from './perf.ts'
import { profile } from './profile.ts'
import { rowsOf, type ScenarioReport, scenarioReport, table } from './report.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'
import { takeTurn } from './turn.ts'

/** The first one that takes part is what the others are compared with. */
const PEERS: readonly Peer[] = [nginx, nginxTuned, nginxAsIngress, haproxy, caddy, envoy, sluice]

/** The chosen peers that are installed; says how to get the others. */
function presentPeers(options: Options): Peer[] {
  const names = chosen('peers', options.peers?.join(), PEERS)
  return PEERS.filter((peer) => {
    if (names !== undefined && !names.includes(peer.name)) return false
    const missing = peer.missing()
    if (missing !== undefined) console.error(`without ${peer.name}: ${missing}`)
    return missing === undefined
  })
}

async function measure(
  scenario: Scenario,
  log: LogMode,
  peers: readonly Peer[],
  arena: Arena,
): Promise<ScenarioReport> {
  const contestants = contestantsOf(scenario, peers)
  if (scenario.measure === 'idle-memory') {
    return scenarioReport(scenario, log, await idleMemory(contestants, { scenario, log, arena }))
  }
  return scenarioReport(scenario, log, rowsOf(await contest(scenario, log, contestants, arena), scenario))
}

async function measureAll(arena: Arena, peers: readonly Peer[]): Promise<ScenarioReport[]> {
  const { options } = arena
  const reports: ScenarioReport[] = []
  for (const scenario of SCENARIOS.filter((s) => options.only?.includes(s.name) ?? true)) {
    for (const log of options.logs.filter((mode) => mode === 'off' || scenario.withLog)) {
      if (options.profile) await profile(scenario, log, arena)
      if (options.perf) await perf(scenario, log, peers, arena)
      if (options.profile || options.perf) continue
      const report = await measure(scenario, log, peers, arena)
      console.log(table(report))
      reports.push(report)
    }
  }
  return reports
}

function requireLinux(): void {
  if (process.platform !== 'linux') throw new Error('the benchmark reads /proc and pins with taskset: it needs Linux')
  for (const program of ['nginx', 'wrk']) {
    const missing = debianMissing(program)
    if (missing !== undefined) throw new Error(missing)
  }
}

async function main(options: Options): Promise<void> {
  requireLinux()
  await takeTurn()
  const dir = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  // nginx started by root serves as somebody else, who has to get at the files.
  chmodSync(dir, 0o755)
  process.once('exit', () => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }))
  const backend = await startBackend(dir, options.pin ? LOAD_CORE : undefined)
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, kernel: release(), node: process.version }
  console.log(`${machine.cores} × ${machine.cpu}, Linux ${machine.kernel}, Node ${machine.node}; median (min–max)`)
  const reports = await measureAll({ dir, backend, options }, presentPeers(options))
  await backend.stop()
  if (options.profile || options.perf) return
  mkdirSync(dirname(options.json), { recursive: true })
  writeFileSync(options.json, `${JSON.stringify({ machine, options, reports }, undefined, 2)}\n`)
  if (reports.some((report) => report.rows.some((row) => row.errors > 0))) process.exitCode = 1
}

const options = parseOptions(process.argv.slice(2))
if (typeof options === 'string') console.log(options)
else await main(options)
