/**
 * Consistent hashing: the same hash goes to the same endpoint, in all workers and replicas, and when an endpoint comes or
 * goes few others change theirs. The table is Maglev's (D. Eisenbud et al., "Maglev: A Fast and Reliable Software
 * Network Load Balancer", NSDI 2016, section 3.4), filled by weight. An endpoint that has more than its fair share under
 * way passes its requests on to the next one in the table (V. Mirrokni et al., "Consistent Hashing with Bounded Loads",
 * 2018), so that one popular key cannot drown it.
 */
import { hashText } from '../../lib/hash.ts'
import type { Endpoint } from '../types.ts'
import type { Balancer, Candidate, Facts, Picker } from './picker.ts'

/** Primes; about a hundred entries for each endpoint keep shares within a few percent. */
const SIZES = [251, 1021, 4093, 16_381, 65_521] as const
const ENTRIES_PER_ENDPOINT = 100
/** How many times its fair share an endpoint may have under way. */
const BOUND = 1.25
/** Entries that are looked at before the hash's own endpoint gets the request all the same. */
const STEPS = 64

export const maglev: Balancer = (candidates, facts) => new MaglevPicker(candidates, facts)

class MaglevPicker implements Picker {
  readonly #candidates: readonly Candidate[]
  readonly #facts: Facts
  readonly #table: Uint16Array
  readonly #meanWeight: number

  constructor(candidates: readonly Candidate[], facts: Facts) {
    this.#candidates = candidates
    this.#facts = facts
    this.#table = candidates.length < 2 ? new Uint16Array(1) : fill(candidates)
    this.#meanWeight = candidates.reduce((sum, { weight }) => sum + weight, 0) / candidates.length
  }

  pick(avoid: Endpoint | undefined, hash: number): Endpoint | undefined {
    const count = this.#candidates.length
    if (count < 2) return this.#candidates[0]?.endpoint
    const mean = (this.#facts.total() + 1) / count
    let fallback: Endpoint | undefined
    for (let step = 0; step < STEPS; step++) {
      const { endpoint, weight } = this.#candidates[this.#table[(hash + step) % this.#table.length]!]!
      if (endpoint === avoid) continue
      fallback ??= endpoint
      const most = Math.ceil(BOUND * mean * (weight / this.#meanWeight))
      if (this.#facts.load(endpoint) < most) return endpoint
    }
    return fallback ?? this.#candidates.find(({ endpoint }) => endpoint !== avoid)?.endpoint
  }
}

/** Where an endpoint looks for its next free entry, and whether it is its turn. */
interface Players {
  readonly next: Uint32Array
  readonly skip: Uint32Array
  readonly due: Float64Array
  readonly share: Float64Array
  /** Places among the candidates. */
  readonly number: Uint16Array
}

/**
 * Endpoints take turns choosing the next free entry of their own permutation; one with less weight sits out some
 * rounds. Their identity is their address, so that the order of the list and restarts change nothing. Flat arrays and no
 * division: of a thousand endpoints the last entries are found after hundreds of thousands of looks.
 */
function fill(candidates: readonly Candidate[]): Uint16Array {
  const wanted = candidates.length * ENTRIES_PER_ENDPOINT
  const size = SIZES.find((prime) => prime >= wanted) ?? SIZES.at(-1)!
  const { next, skip, due, share, number } = playersOf(candidates, size)
  const table = new Uint16Array(size)
  const taken = new Uint8Array(size)
  for (let left = size; left > 0; ) {
    for (let player = 0; player < number.length && left > 0; player++) {
      const turn = due[player]! + share[player]!
      due[player] = turn < 1 ? turn : turn - 1
      if (turn < 1) continue
      const step = skip[player]!
      let at = next[player]!
      while (taken[at] === 1) {
        at += step
        if (at >= size) at -= size
      }
      taken[at] = 1
      table[at] = number[player]!
      next[player] = at
      left--
    }
  }
  return table
}

function playersOf(candidates: readonly Candidate[], size: number): Players {
  const heaviest = candidates.reduce((most, { weight }) => Math.max(most, weight), 0)
  const sorted = candidates
    .map(({ endpoint, weight }, number) => ({ id: endpoint.id, number, share: weight / heaviest }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  return {
    next: Uint32Array.from(sorted, ({ id }) => hashText(id) % size),
    skip: Uint32Array.from(sorted, ({ id }) => 1 + (hashText(`${id}#`) % (size - 1))),
    due: new Float64Array(sorted.length),
    share: Float64Array.from(sorted, ({ share }) => share),
    number: Uint16Array.from(sorted, ({ number }) => number),
  }
}
