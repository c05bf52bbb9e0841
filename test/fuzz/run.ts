/**
 * The long run by hand: `npm run fuzz -- --runs 1000000 --seed 7 --only requests`. Without `--only` every campaign runs
 * in turn. The seed of each input is the first one plus its number, so that a failure can be run again by itself.
 */
import { parseArgs } from 'node:util'
import { type Campaign, report, run } from './campaign.ts'
import { CODEC } from './codec.ts'
import { Connections } from './connections.ts'
import { FaultRuns } from './fault-runs.ts'
import { H2Connections } from './h2-connections.ts'
import { HTTP2 } from './http2.ts'

const CAMPAIGNS: readonly Campaign[] = [...CODEC, ...HTTP2, new Connections(), new H2Connections(), new FaultRuns()]
const { values } = parseArgs({
  options: { runs: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } },
})
const runs = whole('--runs', values.runs ?? '100000')
const seed = whole('--seed', values.seed ?? String(Math.floor(Math.random() * 2 ** 31)))
/** A name, or the part of it before the dash, which stands for a family. */
const names = values.only?.split(',')
const chosen = CAMPAIGNS.filter(
  ({ name }) => names?.some((only) => name === only || name.startsWith(`${only}-`)) ?? true,
)
if (chosen.length === 0) fail(`--only: expected some of ${CAMPAIGNS.map(({ name }) => name).join(', ')}`)

for (const campaign of chosen) {
  const start = performance.now()
  const seconds = (): string => `${((performance.now() - start) / 1000).toFixed(1)} s`
  const progress = (done: number): void => {
    process.stderr.write(`\r${campaign.name}: ${done} of ${runs}, ${seconds()}, next seed ${seed + done}`)
  }
  const failure = await run(campaign, { seed, runs, progress })
  await campaign.close?.()
  process.stderr.write('\r\x1b[K')
  if (failure !== undefined) {
    console.error(report(campaign, failure))
    process.exitCode = 1
  } else console.log(`${campaign.name}: ${runs} inputs from seed ${seed} hold, ${seconds()}`)
}

function whole(option: string, text: string): number {
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : fail(`${option} ${text}: expected a whole number`)
}

function fail(message: string): never {
  console.error(message)
  process.exit(2)
}
