/**
 * What this replica may admit of a limit that holds for all replicas together, in memory that its workers share. A
 * smaller share makes every request cost more of the same table: nothing starts anew when shares move, which they do
 * every second.
 */

/** Where the cost of a request stands, in parts of one; where requests are counted. */
const COST = 0
const DEMAND = 1
const PARTS = 1024

export function shareMemory(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)
  new Int32Array(memory)[COST] = PARTS
  return memory
}

export class LimitShare {
  readonly #words: Int32Array
  readonly #burst: number

  /** @param burst of the table: a request that cost more would never pass. */
  constructor(memory: SharedArrayBuffer, burst: number) {
    this.#words = new Int32Array(memory)
    this.#burst = burst
  }

  /** Counts a request. @returns what it costs here. */
  ask(cost: number): number {
    Atomics.add(this.#words, DEMAND, cost)
    return this.scale(cost)
  }

  /** What so many requests of the cluster cost here. */
  scale(cost: number): number {
    return Math.min((cost * Atomics.load(this.#words, COST)) / PARTS, this.#burst)
  }

  /** How many of the cluster's requests so many of here are. */
  unscale(requests: number): number {
    return (requests * PARTS) / Atomics.load(this.#words, COST)
  }

  /** @param share in (0, 1]. */
  set(share: number): void {
    Atomics.store(this.#words, COST, Math.min(Math.round(PARTS / share), 2 ** 30))
  }

  /** Requests since this was asked last. */
  takeDemand(): number {
    return Atomics.exchange(this.#words, DEMAND, 0)
  }
}
