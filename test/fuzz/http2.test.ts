/** A bounded part of the HTTP/2 campaigns, always the same one: the long run by hand (run.ts) looks for what is new. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { report, run } from './campaign.ts'
import { HTTP2 } from './http2.ts'

const SEED = 1
const RUNS = 4_000

for (const campaign of HTTP2) {
  test(`${campaign.name}: ${RUNS} inputs from seed ${SEED}`, async () => {
    const failure = await run(campaign, { seed: SEED, runs: RUNS })
    if (failure !== undefined) assert.fail(report(campaign, failure))
  })
}
