/** A budget that fills up again with time. */
import type { Clock } from './clock.ts'

type Now = Pick<Clock, 'now'>

export interface TokenBucketSpec {
  /** What can be taken at once after a long quiet. */
  readonly burst: number
  /** What comes back in a second, up to the burst. */
  readonly perSecond: number
}

export class TokenBucket {
  readonly #clock: Now
  readonly #spec: TokenBucketSpec
  #tokens: number
  #at: number

  constructor(clock: Now, spec: TokenBucketSpec) {
    this.#clock = clock
    this.#spec = spec
    this.#tokens = spec.burst
    this.#at = clock.now()
  }

  /** Takes one token, where there is one. */
  take(): boolean {
    this.#fill()
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }

  /** Milliseconds until there is one. */
  get waitMs(): number {
    this.#fill()
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) * 1000) / this.#spec.perSecond)
  }

  #fill(): void {
    const { burst, perSecond } = this.#spec
    const now = this.#clock.now()
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#at) * perSecond) / 1000)
    this.#at = now
  }
}
