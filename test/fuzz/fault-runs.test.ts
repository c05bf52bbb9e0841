/** Every byte at which an answer can break off, and a bounded part of the campaign; see codec.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { report, run } from './campaign.ts'
import { ANSWERS, type FaultPlan, type Framing } from './fault-plans.ts'
import { FaultRuns, whyNotAsTold } from './fault-runs.ts'

const SEED = 1
const RUNS = 400

for (const framing of Object.keys(ANSWERS) as Framing[]) {
  for (const kind of ['end', 'reset', 'hang'] as const) {
    test(`an answer framed by ${framing}: ${kind} at every byte, with and without another attempt`, async () => {
      for (let at = 0; at <= ANSWERS[framing].length; at++) {
        const common = { framing, body: false, early: false, refusing: 'none', hanging: 0 } as const
        const plans: readonly FaultPlan[] = [
          { ...common, method: 'GET', retries: 1, acts: [{ kind, at, slow: false }] },
          { ...common, method: 'POST', retries: 1, acts: [{ kind, at, slow: false }] },
        ]
        for (const plan of plans) assert.equal(await whyNotAsTold(plan), undefined)
      }
    })
  }
}

test(`faults: ${RUNS} runs from seed ${SEED}`, async () => {
  const campaign = new FaultRuns()
  const failure = await run(campaign, { seed: SEED, runs: RUNS })
  if (failure !== undefined) assert.fail(report(campaign, failure))
})
