/**
 * Recent latency of one endpoint. Rises at once with a slow answer and falls slowly with fast ones, in time rather than
 * in numbers of answers: an average that forgives late, since a peak costs more than it looks (Finagle's peak EWMA).
 */
import type { LatencyCell } from '../types.ts'

/** Time in which an observation loses all but a third of its weight. */
const DECAY_MS = 10_000

export class PeakEwma implements LatencyCell {
  #value = 0
  #at = 0

  observe(milliseconds: number, now: number): void {
    const old = Math.exp(-(now - this.#at) / DECAY_MS)
    this.#value = milliseconds > this.#value ? milliseconds : this.#value * old + milliseconds * (1 - old)
    this.#at = now
  }

  /** Milliseconds; 0 before the first answer. What nobody has asked for a while is not as bad as it was. */
  value(now: number): number {
    return this.#value * Math.exp(-(now - this.#at) / DECAY_MS)
  }
}
