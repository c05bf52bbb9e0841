/** A proxy whose only route has a limit of bytes a second. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { FilterSpec } from '../../src/model/filter.ts'
import type { RateLimitSpec, RateLimitUse } from '../../src/model/rate-limit.ts'
import { entryOf } from '../../src/model/snapshot.ts'
import { LimitTables } from '../../src/proxy/supervisor/limit-tables.ts'
import { eventually, settled, startWorld, type TestProxy, turn } from './harness.ts'

export const KiB = 1024
const NAME = 'shop/fair/bytes'
export const RATE = 16 * KiB
/** Heads of answers, and what a tick may be late: two of them. */
const TOLERANCE = 4 * KiB

type Filter = Extract<FilterSpec, { kind: 'rate-limit' }>

export function bandwidth(use: Partial<RateLimitUse> = {}, more: Partial<Filter> = {}): Filter {
  const networks = { ipv4: 32, ipv6: 64 }
  const limits = [{ limit: NAME, kind: 'bandwidth', on: ['client'], networks, cost: 1, ...use }] as const
  return { kind: 'rate-limit', limits, exempt: [], shadow: false, answer: { status: 429, fields: [] }, ...more }
}

/** Gives the limit its memory, as the supervisor would, or another rate. */
export function grant(t: TestContext, { plane, clock }: TestProxy, bytesPerSecond = RATE): void {
  const tables = new LimitTables({ clock, random: () => 0.5, workers: 1 })
  t.after(() => tables.stop())
  const spec: RateLimitSpec = { kind: 'bandwidth', bytesPerSecond, keys: 64 }
  const update = { revision: 1, upserts: [entryOf('rateLimit', NAME, spec)], removals: [] }
  plane.apply({ ...update, upserts: [] }, { rows: [], canaries: [], limits: tables.update(update) })
}

/** @param filters that run behind the limit. */
export async function startPaced(
  t: TestContext,
  filter: Filter = bandwidth(),
  { rate = RATE, filters = [] }: { readonly rate?: number; readonly filters?: readonly FilterSpec[] } = {},
) {
  const world = await startWorld(t, { filters: [filter, ...filters] })
  grant(t, world.proxy, rate)
  return world
}

/** Waits until so much has come, and holds that no more does. */
export async function arrives(received: () => number, expected: number): Promise<void> {
  await eventually(`${expected} bytes`, () => received() >= expected - TOLERANCE)
  assertNear(await settled(received), expected)
}

const MOST_SECONDS = 1_000
/** In which what is due gets from one side to the other. */
const TURNS = 12

/** Lets time pass until something has come about. @returns how many seconds it took. */
export async function secondsUntil(isOver: () => boolean, { clock }: TestProxy): Promise<number> {
  for (let seconds = 0; seconds < MOST_SECONDS; seconds++) {
    if (isOver()) return seconds
    clock.advance(1_000)
    for (let n = 0; n < TURNS; n++) await turn()
  }
  assert.fail(`not over after ${MOST_SECONDS} s`)
}

export function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= TOLERANCE, `${actual}, expected about ${expected}`)
}
