/**
 * Where the CPU time of any of the proxies goes, kernel included, sampled by perf(1): what `--profile` shows as
 * `(program)` is system calls, and those nginx has as well.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Arena, contestantsOf, enter, type Player } from './contest.ts'
import { cpuMicros } from './cpu.ts'
import { debianMissing } from './installed.ts'
import { load } from './load.ts'
import type { LogMode } from './options.ts'
import type { Peer } from './peers/peer.ts'
import type { Scenario } from './scenarios.ts'

const run = promisify(execFile)
/** Samples a second; odd, so as not to march in step with timers. */
const FREQUENCY = '1997'
const SYMBOLS = 30
const LEAST_PERCENT = '0.5'

/** Prints for each contestant the share and the microseconds of a request by binary, then by function. */
export async function perf(scenario: Scenario, log: LogMode, peers: readonly Peer[], arena: Arena): Promise<void> {
  const missing = debianMissing('perf')
  if (missing !== undefined) throw new Error(missing.replace(/perf$/, 'linux-perf'))
  for (const contestant of contestantsOf(scenario, peers)) {
    const player = await enter(contestant, { scenario, log, arena })
    try {
      await load({ ...player.load, seconds: arena.options.warmUpSeconds })
      const micros = await record(player)
      console.log(`\n${contestant.name}, ${scenario.title}, access log ${log}: ${micros.toFixed(1)} µs/request`)
      console.log(await shares(player, micros, 'dso'))
      console.log(await shares(player, micros, 'symbol'))
    } finally {
      await player.child.stop()
    }
  }
}

const fileOf = (player: Player) => join(player.load.dir, 'perf.data')

/** Samples the core of the proxy during the load. @returns CPU microseconds of one request. */
async function record(player: Player): Promise<number> {
  const before = cpuMicros(player.child.pid)
  const target = ['-e', 'cpu-clock', '-F', FREQUENCY, '--inherit', '-p', (await pidsOf(player)).join()]
  const sampling = run('perf', ['record', '-o', fileOf(player), ...target, '--', 'sleep', `${player.load.seconds}`])
  const { requests } = await load(player.load)
  const used = cpuMicros(player.child.pid) - before
  await sampling
  return used / requests
}

/** The process and its children: masters are not what carries the traffic. */
async function pidsOf(player: Player): Promise<string[]> {
  const children = await run('ps', ['-o', 'pid=', '--ppid', `${player.child.pid}`]).then(
    ({ stdout }) => stdout.trim().split(/\s+/),
    () => [],
  )
  return [`${player.child.pid}`, ...children.filter((pid) => pid !== '')]
}

async function shares(player: Player, micros: number, by: 'dso' | 'symbol'): Promise<string> {
  const args = ['report', '-i', fileOf(player), '--stdio', '--sort', by, '--percent-limit', LEAST_PERCENT]
  const { stdout } = await run('perf', args, { maxBuffer: 64 << 20 })
  const rows = [...stdout.matchAll(/^ *([\d.]+)% +(.*?)[ -]*$/gm)].slice(0, SYMBOLS)
  return rows.map(([, share, name]) => `${share!.padStart(6)} %  ${inMicros(share!, micros)} µs  ${name}`).join('\n')
}

function inMicros(share: string, micros: number): string {
  return ((Number(share) * micros) / 100).toFixed(2).padStart(6)
}
