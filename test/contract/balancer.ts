/** What every balancer owes its caller, whatever its algorithm. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../src/lib/random.ts'
import type { Balancer, Candidate, Facts, Picker } from '../../src/proxy/balance/picker.ts'
import type { Endpoint } from '../../src/proxy/types.ts'

const SEED = 20_26

/** Endpoints of the given weights, with ids `0`, `1` and so on. */
export function candidates(...weights: readonly number[]): Candidate[] {
  return weights.map((weight, n) => ({ endpoint: { id: String(n), inFlight: 0 } as Endpoint, weight }))
}

/** Endpoints that have nothing to do and are equally fast. */
export function idle(): Facts {
  return { random: seededRandom(SEED), load: () => 0, total: () => 0, latency: () => 10 }
}

/** Picks as often as asked, with another hash each time. */
function picks(picker: Picker, turns: number, avoid?: Endpoint): (Endpoint | undefined)[] {
  const hash = seededRandom(SEED)
  return Array.from({ length: turns }, () => picker.pick(avoid, Math.floor(hash() * 2 ** 32)))
}

export function balancerContract(name: string, balancer: Balancer): void {
  const picker = (list: readonly Candidate[]) => balancer(list, idle())

  test(`${name}: nobody to pick, nobody picked`, () => {
    assert.equal(picker([]).pick(undefined, 0), undefined)
    assert.equal(picker([]).pick(candidates(1)[0]!.endpoint, 0), undefined)
  })

  test(`${name}: a single endpoint is picked, even one to be avoided`, () => {
    const [only] = candidates(1)
    const alone = picker([only!])
    for (const avoid of [undefined, only!.endpoint]) assert.equal(alone.pick(avoid, 0), only!.endpoint)
  })

  test(`${name}: everybody gets a turn, whatever their weight (seed ${SEED})`, () => {
    for (const weights of [[1, 1, 1], [1, 2, 3], [100, 1], Array<number>(40).fill(1)]) {
      const seen = new Set(picks(picker(candidates(...weights)), 1500).map((endpoint) => endpoint?.id))
      assert.equal(seen.size, weights.length, `weights ${weights}`)
    }
  })

  test(`${name}: more weight, more turns (seed ${SEED})`, () => {
    for (const weights of [
      [1, 3],
      [0.1, 1, 1],
      [1, 1, 2, 4],
    ]) {
      const turns = 20_000
      const counts = new Map<string, number>()
      for (const endpoint of picks(picker(candidates(...weights)), turns)) {
        counts.set(endpoint!.id, (counts.get(endpoint!.id) ?? 0) + 1)
      }
      const sum = weights.reduce((all, weight) => all + weight, 0)
      for (const [n, weight] of weights.entries()) {
        const share = (counts.get(String(n)) ?? 0) / turns
        assert.ok(Math.abs(share / (weight / sum) - 1) < 0.1, `share ${share} of weight ${weight} in ${weights}`)
      }
    }
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
        for (const picked of picks(some, 200, endpoint)) {
          assert.ok(picked !== undefined && picked !== endpoint, `weights ${weights}`)
        }
      }
    }
  })

  test(`${name}: an endpoint of no concern may be named as the one to avoid`, () => {
    const [stranger] = candidates(1)
    assert.ok(picker(candidates(1, 1)).pick(stranger!.endpoint, 0))
  })

  test(`${name}: the list it was given stays as it was`, () => {
    const list = candidates(2, 1)
    const before = structuredClone(list)
    picks(picker(list), 10, list[0]!.endpoint)
    assert.deepEqual(list, before)
  })

  test(`${name}: equal chance, equal picks (seed ${SEED})`, () => {
    const run = () => picks(picker(candidates(1, 2, 3)), 50).map((endpoint) => endpoint!.id)
    assert.deepEqual(run(), run())
  })
}
