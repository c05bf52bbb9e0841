/** A bounded part of the campaign over sockets; see codec.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { report, run } from './campaign.ts'
import { Connections } from './connections.ts'
import { H2Connections } from './h2-connections.ts'

const SEED = 1
const RUNS = 500

for (const campaign of [new Connections(), new H2Connections()]) {
  test(`${campaign.name}: ${RUNS} times from seed ${SEED}`, async (t) => {
    t.after(() => campaign.close())
    const failure = await run(campaign, { seed: SEED, runs: RUNS })
    if (failure !== undefined) assert.fail(report(campaign, failure))
  })
}
