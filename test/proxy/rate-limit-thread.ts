/**
 * A thread of rate-limit-threads.test.ts: one of several workers that ask one limit as fast as they can. Each request
 * has an instant of its own on a clock that they share, and which moves on with every request.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { FakeClock } from '../../src/lib/clock.ts'
import { Deadlines } from '../../src/proxy/deadlines.ts'
import type { Exchange } from '../../src/proxy/exchange.ts'
import { rateLimit } from '../../src/proxy/filters/rate-limit.ts'
import { Limit } from '../../src/proxy/limits/limit.ts'
import { GcraTable, type RateSpec } from '../../src/proxy/shared/gcra-table.ts'

export interface ThreadData {
  /** Threads that are ready, and requests that were made. */
  readonly counts: SharedArrayBuffer
  readonly memory: SharedArrayBuffer
  readonly spec: RateSpec
  readonly threads: number
  /** Of all threads together. */
  readonly requests: number
  /** Between one request and the next. */
  readonly stepMs: number
}

const { counts, memory, spec, threads, requests, stepMs } = workerData as ThreadData
const words = new Int32Array(counts)
let now = 0
const limit = new Limit('shop/fair/all')
limit.rate = new GcraTable(memory, spec)
const use = { limit: limit.name, kind: 'rate', on: ['client'], networks: { ipv4: 32, ipv6: 64 }, cost: 1 } as const
const answer = { status: 429, fields: [] }
const { onRequest } = rateLimit(
  { kind: 'rate-limit', limits: [use], exempt: [], shadow: false, answer },
  { limit: () => limit, now: () => now, deadlines: new Deadlines(new FakeClock()) },
)
const exchange = { clientAddress: '192.0.2.1' } as Exchange

Atomics.add(words, 0, 1)
Atomics.notify(words, 0)
for (let ready = 0; ready < threads; ready = Atomics.load(words, 0)) Atomics.wait(words, 0, ready, 1_000)
for (let turn = Atomics.add(words, 1, 1); turn < requests; turn = Atomics.add(words, 1, 1)) {
  now = turn * stepMs
  onRequest!(exchange)
}
parentPort!.postMessage(limit.passed)
