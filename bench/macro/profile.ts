/** Sluice under V8's CPU profiler: which functions the time of its worker goes to. */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Arena, contestantsOf, enter } from './contest.ts'
import { profileTable, readProfile, summarise } from './cpu-profile.ts'
import { load } from './load.ts'
import type { LogMode } from './options.ts'
import { sluice } from './peers/sluice.ts'
import type { Scenario } from './scenarios.ts'

const ROWS = 40

/** Prints a table for the busiest thread. The profile covers the load alone, less what ran after it. */
export async function profile(scenario: Scenario, log: LogMode, arena: Arena): Promise<void> {
  const profileDir = join(arena.dir, 'profile')
  mkdirSync(profileDir, { recursive: true })
  const contestant = contestantsOf(scenario, [sluice]).at(-1)!
  const player = await enter(contestant, { scenario, log, arena, profileDir })
  let result: Awaited<ReturnType<typeof load>>
  try {
    await load({ ...player.load, seconds: arena.options.warmUpSeconds })
    result = await load(player.load)
  } finally {
    await player.child.stop()
  }
  const threads = readdirSync(profileDir).map((file) => summarise(readProfile(join(profileDir, file)), result.seconds))
  const busiest = threads.toSorted((a, b) => b.busyMicros - a.busyMicros)[0]
  if (busiest === undefined) throw new Error(`no profile was written:\n${player.child.printed()}`)
  console.log(`\n${scenario.title}, access log ${log}, ${Math.round(result.requests / result.seconds)} requests/s`)
  console.log(profileTable(busiest, result.requests, ROWS))
}
