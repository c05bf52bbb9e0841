/**
 * Revisions of Sluice beside each other: `node bench/compare.ts main~3 main [--only get-67 …]`, with the flags of the
 * macro benchmark. `.` is the working tree as it is. A revision may bring flags of Sluice: `'. --young-generation 8'`.
 * Each gets a worktree that shares our node_modules.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startBackend } from './macro/backend.ts'
import { contest, contestantsOf, LOAD_CORE } from './macro/contest.ts'
import { parseOptions } from './macro/options.ts'
import type { Peer } from './macro/peers/peer.ts'
import { sluicePeer } from './macro/peers/sluice.ts'
import { rowsOf, scenarioReport, table } from './macro/report.ts'
import { SCENARIOS } from './macro/scenarios.ts'
import { takeTurn } from './macro/turn.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** The root of a tree that holds the revision. */
function checkOut(revision: string, parent: string): string {
  if (revision === '.') return ROOT
  const tree = join(parent, `tree-${revision.replaceAll(/[^\w]/g, '-')}`)
  if (existsSync(tree)) return tree
  execFileSync('git', ['worktree', 'add', '--detach', '--quiet', tree, revision], { cwd: ROOT })
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'))
  return tree
}

/** @param text a revision and flags of Sluice, divided by spaces. */
function peerOf(text: string, parent: string): Peer {
  const [revision, ...flags] = text.split(' ')
  return sluicePeer(text, checkOut(revision!, parent), flags)
}

async function main(revisions: readonly string[], flags: readonly string[]): Promise<void> {
  const options = parseOptions(['--only', 'get-67', '--log', 'off', ...flags])
  if (typeof options === 'string') return console.log(options)
  await takeTurn()
  const dir = mkdtempSync(join(tmpdir(), 'sluice-compare-'))
  chmodSync(dir, 0o755)
  process.once('exit', () => {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
    execFileSync('git', ['worktree', 'prune'], { cwd: ROOT })
  })
  const peers = revisions.map((text) => peerOf(text, dir))
  const backend = await startBackend(dir, options.pin ? LOAD_CORE : undefined)
  for (const scenario of SCENARIOS.filter((s) => options.only?.includes(s.name) && s.measure === 'cpu')) {
    for (const log of options.logs) {
      const { peers: _, ...open } = scenario
      const results = await contest(open, log, contestantsOf(open, peers), { dir, backend, options })
      console.log(table(scenarioReport(scenario, log, rowsOf(results, scenario))))
    }
  }
  await backend.stop()
}

const args = process.argv.slice(2)
const firstFlag = args.findIndex((arg) => arg.startsWith('--'))
const revisions = firstFlag < 0 ? args : args.slice(0, firstFlag)
if (revisions.length < 2) {
  console.error('expected two revisions or more: node bench/compare.ts BEFORE AFTER [flags of npm run bench]')
  process.exitCode = 2
} else {
  await main(revisions, args.slice(revisions.length))
}
