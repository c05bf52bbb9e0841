/**
 * Evidence that may be looked at at any time: the wealth of somebody who began with one coin and bets that the canary is
 * worse, at odds that are fair or better for the house where it is not. Where it is not, the chance that they ever own
 * 1/α coins is at most α, however long and however often one looks (J. Ville, 1939). That is the whole test: no sample size
 * has to be fixed beforehand, and looking every second costs nothing. (A. Ramdas, P. Grünwald, V. Vovk, G. Shafer,
 * "Game-theoretic statistics and safe anytime-valid inference", Statistical Science 38, 2023; for tables of two rows,
 * stretch by stretch: J. ter Schure, M. F. Pérez-Ortiz, A. Ly, P. Grünwald, "The anytime-valid logrank test", 2020.)
 *
 * The bet is spread over several sizes of the difference, since nobody knows it beforehand, and over when it began:
 * most of the coin is put in as soon as there is anything to bet on, since what is bad is mostly bad from its first
 * request; the rest is kept for later, so that a canary which turns bad after an hour is found as well. How it is spread
 * is free: the promise holds for each way that is settled beforehand.
 */
import { logLikelihoodRatio, type Split } from './likelihood.ts'
import { logAdd } from './log-add.ts'

/** What is put in with the first bet. */
const AT_ONCE = 0.9

/** How many times what is tolerated the odds of the canary may be, and what share of the coin is bet on it. */
export type Size = readonly [odds: number, share: number]

export interface WagerSpec {
  /** Shares come to one. */
  readonly sizes: readonly Size[]
  /** Odds of the canary against those of the primary that are still fine; 1 is no worse at all. */
  readonly tolerated: number
  /**
   * What one stretch can multiply the wealth by at most. Requests of one second often share their fate, which no
   * formula for requests one by one knows: with this one bad second is never enough.
   */
  readonly most: number
}

export class Wager {
  readonly #spec: WagerSpec
  /** Logarithms of what is bet on each size. */
  readonly #bets: number[]
  /** Stretches that said anything. */
  #rounds = 0

  constructor(spec: WagerSpec) {
    this.#spec = spec
    this.#bets = spec.sizes.map(() => Number.NEGATIVE_INFINITY)
  }

  /** What happened in one stretch of time. */
  observe(split: Split): void {
    if (isMute(split)) return
    const { sizes, tolerated, most } = this.#spec
    const before = this.#kept
    this.#rounds++
    const fresh = before - this.#kept
    const cap = Math.log(most)
    for (const [i, [size, share]] of sizes.entries()) {
      const gain = Math.min(cap, logLikelihoodRatio(split, tolerated * size, tolerated))
      this.#bets[i] = logAdd(this.#bets[i]!, Math.log(fresh * share)) + gain
    }
  }

  /** Coins by now, as a natural logarithm. */
  get logWealth(): number {
    return this.#bets.reduce(logAdd, Math.log(this.#kept))
  }

  /** What was not put in yet: after n rounds 1 / n of what is kept for later, so that all of it is, in the end. */
  get #kept(): number {
    return this.#rounds === 0 ? 1 : (1 - AT_ONCE) / this.#rounds
  }
}

/** Nothing that could tell the two apart. */
function isMute({ canary, primary, canaryBad, primaryBad }: Split): boolean {
  const bad = canaryBad + primaryBad
  return canary === 0 || primary === 0 || bad === 0 || bad === canary + primary
}
