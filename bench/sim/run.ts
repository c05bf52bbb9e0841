/**
 * `npm run bench:sim`: p50 and p99 by balancer in a simulated fleet, as a table and, with `--svg FILE`, as a plot. The
 * seed is fixed, so the same code gives the same figures on every machine.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { seededRandom } from '../../src/lib/random.ts'
import { BALANCERS } from '../../src/proxy/balance/balancers.ts'
import { simulate } from './fleet.ts'
import { plot } from './plot.ts'
import { CAPACITY, SCENARIOS, type Scenario } from './scenarios.ts'

const SEED = 2026
const LOAD = 0.6
const REQUESTS = 300_000

export interface Figure {
  readonly balancer: string
  readonly p50: number
  readonly p99: number
}

function figures({ endpoints }: Scenario): Figure[] {
  return Object.entries(BALANCERS).map(([name, balancer]) => {
    const random = seededRandom(SEED)
    const took = simulate({ endpoints, rate: LOAD * CAPACITY, requests: REQUESTS, balancer, random }).sort()
    return { balancer: name, p50: took[Math.floor(REQUESTS * 0.5)]!, p99: took[Math.floor(REQUESTS * 0.99)]! }
  })
}

const { values } = parseArgs({ options: { svg: { type: 'string' } } })
const results = SCENARIOS.map((scenario) => ({ scenario, figures: figures(scenario) }))
for (const { scenario, figures: rows } of results) {
  console.log(`\n${scenario.title}, ${LOAD * 100} % load, milliseconds`)
  for (const { balancer, p50, p99 } of rows) {
    console.log(`  ${balancer.padEnd(14)} p50 ${p50.toFixed(1).padStart(8)}   p99 ${p99.toFixed(1).padStart(9)}`)
  }
}
if (values.svg !== undefined) writeFileSync(values.svg, plot(results))
