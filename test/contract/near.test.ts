/** Nearness reaches balancers as weight: with each of them, the zone gets the share that is due to it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../src/lib/random.ts'
import { BALANCERS } from '../../src/proxy/balance/balancers.ts'
import { fitness, fitnessSpec } from '../../src/proxy/cluster/fitness.ts'
import type { Endpoint } from '../../src/proxy/types.ts'
import { idle } from './balancer.ts'

const SEED = 31
const TURNS = 20_000
const NOW = 1_000
const OLD = Number.NEGATIVE_INFINITY

for (const [kind, balancer] of Object.entries(BALANCERS)) {
  test(`${kind}: a zone with three of six endpoints left gets seven tenths (seed ${SEED})`, () => {
    const all = Array.from({ length: 12 }, (_, n) => {
      const spec = { state: 'ready' as const, weight: 1, ...(n < 6 && { near: 'zone' as const }) }
      return { id: String(n), spec, readyAt: OLD, ejectedUntil: 0, isUnhealthy: n < 3, inFlight: 0, share: 1 }
    })
    const { candidates } = fitness(all as unknown as (Endpoint & (typeof all)[number])[], fitnessSpec({}), NOW)
    const picker = balancer(candidates, idle())
    const hash = seededRandom(SEED)
    let near = 0
    for (let turn = 0; turn < TURNS; turn++) {
      if (Number(picker.pick(undefined, Math.floor(hash() * 2 ** 32))!.id) < 6) near++
    }
    assert.ok(Math.abs(near / TURNS / 0.7 - 1) < 0.1, `${near / TURNS}`)
  })
}
