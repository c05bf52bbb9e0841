/**
 * How many requests one worker sends to a service at a time, found out by itself: as many as do not make answers slower.
 * A gradient, as of Envoy's adaptive concurrency filter and Netflix's concurrency-limits: every so often the limit is
 * multiplied by how much longer answers take now than they do without load, and given a little room to grow,
 * `limit * (baseline * tolerance / latency) + sqrt(limit)`.
 *
 * How long answers take without load is measured, not assumed: once a minute a few requests go out nearly alone. A mean
 * over everything would follow the load upwards, and the limit with it.
 */
const LEAST = 3
const MOST = 1_000
/** Between two steps, and how many answers they have to be based upon. */
const STEP_MS = 100
const STEP_ANSWERS = 10
/** Answers may take that much longer than the baseline before the limit falls. */
const TOLERANCE = 1.25
/** No step goes further. */
const STEEPEST = 2
const PROBE_EVERY_MS = 60_000
const PROBE_ANSWERS = 20
/** What is nearly alone; and when nobody is, since requests under way do not end, how long that is waited for. */
const PROBE_LIMIT = 3
const PROBE_MS = 1_000

export class AdaptiveLimit {
  #limit = 20
  /** Mean milliseconds of an answer without load. */
  #baseline = Number.POSITIVE_INFINITY
  #sum = 0
  #answers = 0
  #stepAt: number
  /** A probe goes on until then. */
  #probeUntil: number
  #probeAt: number

  /** Begins with a probe. @param now monotonic milliseconds, here and below. */
  constructor(now: number) {
    this.#stepAt = now
    this.#probeAt = now
    this.#probeUntil = now + PROBE_MS
  }

  /** At least one, so that there always is something to learn from. */
  limit(now: number): number {
    return now < this.#probeUntil ? PROBE_LIMIT : this.#limit
  }

  /** An answer has begun so many milliseconds after its request; `inFlight` with it. */
  observe(latencyMs: number, inFlight: number, now: number): void {
    if (now < this.#probeUntil) return this.#probe(latencyMs, inFlight, now)
    this.#sum += latencyMs
    this.#answers++
    if (this.#answers < STEP_ANSWERS || now - this.#stepAt < STEP_MS) return
    this.#step(this.#sum / this.#answers, inFlight)
    this.#begin(now)
    if (now - this.#probeAt >= PROBE_EVERY_MS) {
      this.#probeAt = now
      this.#probeUntil = now + PROBE_MS
    }
  }

  #probe(latencyMs: number, inFlight: number, now: number): void {
    // Others were sent before it began.
    if (inFlight > PROBE_LIMIT) return
    this.#sum += latencyMs
    if (++this.#answers < PROBE_ANSWERS) return
    this.#baseline = this.#sum / this.#answers
    this.#probeUntil = now
    this.#begin(now)
  }

  #step(latencyMs: number, inFlight: number): void {
    const gradient = Math.min(STEEPEST, Math.max(1 / STEEPEST, (this.#baseline * TOLERANCE) / latencyMs))
    const next = this.#limit * gradient + Math.sqrt(this.#limit)
    // What is not used says nothing about more.
    if (next > this.#limit && inFlight < this.#limit / 2) return
    this.#limit = Math.min(MOST, Math.max(LEAST, next))
  }

  #begin(now: number): void {
    this.#sum = 0
    this.#answers = 0
    this.#stepAt = now
  }
}
