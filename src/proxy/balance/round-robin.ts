/**
 * Weighted round robin. Equal weights take turns. Others by stride scheduling (C. Waldspurger and W. Weihl, "Stride
 * Scheduling", 1995): everybody is due again after one over their weight, and whoever is due first is picked. Heavier
 * endpoints come more often but never in bursts, and over a cycle everybody gets exactly their share. Starts at a random
 * place, so that workers do not march in step.
 */
import type { Endpoint } from '../types.ts'
import type { Balancer, Candidate, Picker } from './picker.ts'

export const roundRobin: Balancer = (candidates, { random }) => {
  const equal = candidates.every(({ weight }) => weight === candidates[0]!.weight)
  const start = Math.floor(random() * candidates.length)
  return equal ? new Rotation(candidates, start) : new WeightedRotation(candidates, start)
}

/** What the algorithm comes to when all weights are equal, at the price of an increment. */
class Rotation implements Picker {
  readonly #endpoints: readonly Endpoint[]
  #next: number

  constructor(candidates: readonly Candidate[], start: number) {
    this.#endpoints = candidates.map(({ endpoint }) => endpoint)
    this.#next = start
  }

  pick(avoid: Endpoint | undefined): Endpoint | undefined {
    const picked = this.#turn()
    return picked === avoid && this.#endpoints.length > 1 ? this.#turn() : picked
  }

  #turn(): Endpoint | undefined {
    if (this.#next >= this.#endpoints.length) this.#next = 0
    return this.#endpoints[this.#next++]
  }
}

/** When an endpoint is due next, in cycles. */
interface Player {
  readonly endpoint: Endpoint
  readonly stride: number
  due: number
}

/** A binary heap by the time at which endpoints are due: a turn costs the logarithm of their number. */
class WeightedRotation implements Picker {
  readonly #heap: Player[]

  constructor(candidates: readonly Candidate[], start: number) {
    this.#heap = playersOf(candidates).sort((a, b) => a.due - b.due)
    for (let i = 0; i < start; i++) this.pick(undefined)
  }

  pick(avoid: Endpoint | undefined): Endpoint | undefined {
    const heap = this.#heap
    // The second in a heap is one of the two below the first.
    const avoided = heap[0]?.endpoint === avoid && heap.length > 1
    const at = !avoided ? 0 : heap.length > 2 && heap[2]!.due < heap[1]!.due ? 2 : 1
    const player = heap[at]
    if (player === undefined) return undefined
    player.due += player.stride
    this.#sink(at)
    return player.endpoint
  }

  #sink(from: number): void {
    const heap = this.#heap
    const player = heap[from]!
    let at = from
    for (;;) {
      const left = 2 * at + 1
      if (left >= heap.length) break
      const next = left + 1 < heap.length && heap[left + 1]!.due < heap[left]!.due ? left + 1 : left
      if (heap[next]!.due >= player.due) break
      heap[at] = heap[next]!
      at = next
    }
    heap[at] = player
  }
}

/** Those of equal weight start evenly spread over their stride: otherwise they would always come one after the other. */
function playersOf(candidates: readonly Candidate[]): Player[] {
  const alike = Map.groupBy(candidates, ({ weight }) => weight)
  return [...alike].flatMap(([weight, group]) =>
    group.map(({ endpoint }, n) => {
      const stride = 1 / weight
      return { endpoint, stride, due: (stride * (n + 1)) / (group.length + 1) }
    }),
  )
}
