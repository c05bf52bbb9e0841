/** What a peer may ask of us over time: a burst, refilled by the second and by useful work. Time is an argument. */

export interface BudgetSpec {
  readonly burst: number
  readonly perSecond: number
}

export class Budget {
  readonly #spec: BudgetSpec
  #tokens: number
  #at: number

  /** @param now monotonic milliseconds, here and below. */
  constructor(spec: BudgetSpec, now: number) {
    this.#spec = spec
    this.#tokens = spec.burst
    this.#at = now
  }

  /** @returns false once it is used up. */
  take(now: number, tokens = 1): boolean {
    // Filled only when it has run low, so that the usual case is one subtraction.
    if (this.#tokens < tokens) this.#fill(now)
    this.#tokens -= tokens
    return this.#tokens >= 0
  }

  give(tokens: number): void {
    this.#tokens = Math.min(this.#spec.burst, this.#tokens + tokens)
  }

  #fill(now: number): void {
    this.give(((now - this.#at) * this.#spec.perSecond) / 1000)
    this.#at = now
  }
}
