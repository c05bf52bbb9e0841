/** How much passes a limit that several threads ask at once, on a clock that moves with what they ask. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { gcraMemory } from '../../src/proxy/shared/gcra-table.ts'
import type { ThreadData } from './rate-limit-thread.ts'

const THREAD = new URL('rate-limit-thread.ts', import.meta.url)
const SPEC = { requests: 1_000, perMs: 1_000, burst: 100 }
/** Ten times the limit, for twenty seconds. */
const REQUESTS = 200_000
const STEP_MS = 0.1

for (const threads of [1, 2, 8]) {
  test(`with ${threads} workers what passes is within 2 % of the rate`, async (t) => {
    const workerData: ThreadData = {
      counts: new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT),
      memory: gcraMemory(64, SPEC, 0),
      spec: SPEC,
      ...{ threads, requests: REQUESTS, stepMs: STEP_MS },
    }
    const workers = Array.from({ length: threads }, () => new Worker(THREAD, { workerData }))
    const passed = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0] as number))
    const seconds = (REQUESTS * STEP_MS) / 1_000
    const perSecond = (passed.reduce((sum, each) => sum + each, 0) - SPEC.burst) / seconds
    t.diagnostic(`${perSecond.toFixed(1)} a second pass, of a limit of ${SPEC.requests}`)
    assert.ok(Math.abs(perSecond / SPEC.requests - 1) < 0.02, `${perSecond}`)
  })
}
