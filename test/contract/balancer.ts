/** What every balancer owes its caller, whatever its algorithm. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, seededRandom } from '../../src/lib/random.ts'
import type { Balancer, Candidate } from '../../src/proxy/balance/picker.ts'
import type { Endpoint } from '../../src/proxy/types.ts'

const SEED = 20_26

/** Endpoints of the given weights, with ids `0`, `1` and so on. */
export function candidates(...weights: readonly number[]): Candidate[] {
  return weights.map((weight, n) => ({ endpoint: { id: String(n), inFlight: 0 } as Endpoint, weight }))
}

export function balancerContract(name: string, balancer: Balancer): void {
  const repeatable = (): Random => seededRandom(SEED)
  const picker = (list: readonly Candidate[]) => balancer(list, repeatable())

  test(`${name}: nobody to pick, nobody picked`, () => {
    assert.equal(picker([]).pick(undefined), undefined)
    assert.equal(picker([]).pick(candidates(1)[0]!.endpoint), undefined)
  })

  test(`${name}: a single endpoint is picked, even one to be avoided`, () => {
    const [only] = candidates(1)
    const alone = picker([only!])
    for (const avoid of [undefined, only!.endpoint]) assert.equal(alone.pick(avoid), only!.endpoint)
  })

  test(`${name}: everybody gets a turn, whatever their weight (seed ${SEED})`, () => {
    for (const weights of [[1, 1, 1], [1, 2, 3], [100, 1], Array<number>(40).fill(1)]) {
      const many = picker(candidates(...weights))
      const seen = new Set(Array.from({ length: 1000 }, () => many.pick(undefined)?.id))
      assert.equal(seen.size, weights.length, `weights ${weights}`)
    }
  })

  test(`${name}: more weight, more turns (seed ${SEED})`, () => {
    const turns = 6000
    const counts = [0, 0]
    const weighted = picker(candidates(1, 3))
    for (let i = 0; i < turns; i++) counts[Number(weighted.pick(undefined)!.id)]!++
    assert.ok(Math.abs(counts[1]! / turns - 0.75) < 0.05, `turns ${counts} for weights 1, 3`)
  })

  test(`${name}: who is to be avoided is never picked while there is another (seed ${SEED})`, () => {
    for (const weights of [
      [1, 1],
      [1, 100],
      [1, 2, 3],
    ]) {
      const list = candidates(...weights)
      const some = picker(list)
      for (const { endpoint } of list) {
        for (let i = 0; i < 200; i++) assert.notEqual(some.pick(endpoint), endpoint, `weights ${weights}`)
      }
    }
  })

  test(`${name}: an endpoint of no concern may be named as the one to avoid`, () => {
    const [stranger] = candidates(1)
    assert.ok(picker(candidates(1, 1)).pick(stranger!.endpoint))
  })

  test(`${name}: the list it was given stays as it was`, () => {
    const list = candidates(2, 1)
    const before = structuredClone(list)
    const given = picker(list)
    for (let i = 0; i < 10; i++) given.pick(list[0]!.endpoint)
    assert.deepEqual(list, before)
  })

  test(`${name}: equal chance, equal picks (seed ${SEED})`, () => {
    const run = () => {
      const some = picker(candidates(1, 2, 3))
      return Array.from({ length: 50 }, () => some.pick(undefined)!.id).join(' ')
    }
    assert.equal(run(), run())
  })
}
