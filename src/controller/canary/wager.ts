/**
 * Evidence that may be looked at at any time: the wealth of somebody who began with one coin and bets that the canary is
 * worse, at odds that are fair or better for the house where it is not. Where it is not, the chance that they ever own
 * 1/α coins is at most α, however long and however often one looks (J. Ville, 1939). That is the whole test: no sample size
 * has to be fixed beforehand, and looking every second costs nothing. (A. Ramdas, P. Grünwald, V. Vovk, G. Shafer,
 * "Game-theoretic statistics and safe anytime-valid inference", Statistical Science 38, 2023; for tables of two rows,
 * stretch by stretch: J. ter Schure, M. F. Pérez-Ortiz, A. Ly, P. Grünwald, "The anytime-valid logrank test", 2020.)
 *
 * The bet is spread over several sizes of the difference, since nobody knows it beforehand, and over when it began: a
 * part of the coins is kept back for later, so that a canary which turns bad after an hour is found as well.
 */
import { logLikelihoodRatio, type Split } from './likelihood.ts'

/** How many times what is tolerated the odds of the canary may be. */
const SIZES = [1.5, 2, 3, 5, 10, 30, 100] as const

export interface WagerSpec {
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
  readonly #bets: number[] = SIZES.map(() => Number.NEGATIVE_INFINITY)
  /** Stretches that said anything. */
  #rounds = 0

  constructor(spec: WagerSpec) {
    this.#spec = spec
  }

  /** What happened in one stretch of time. */
  observe(split: Split): void {
    if (isMute(split)) return
    const { tolerated, most } = this.#spec
    // In each round 1 / ((n + 1) (n + 2)) of the first coin is put in: all of it, in the end.
    const fresh = Math.log(1 / ((this.#rounds + 1) * (this.#rounds + 2) * SIZES.length))
    this.#rounds++
    const cap = Math.log(most)
    for (const [i, size] of SIZES.entries()) {
      const gain = Math.min(cap, logLikelihoodRatio(split, tolerated * size, tolerated))
      this.#bets[i] = logAdd(this.#bets[i]!, fresh) + gain
    }
  }

  /** Coins by now, as a natural logarithm. */
  get logWealth(): number {
    const kept = Math.log(1 / (this.#rounds + 1))
    return this.#bets.reduce(logAdd, kept)
  }
}

/** Nothing that could tell the two apart. */
function isMute({ canary, primary, canaryBad, primaryBad }: Split): boolean {
  const bad = canaryBad + primaryBad
  return canary === 0 || primary === 0 || bad === 0 || bad === canary + primary
}

function logAdd(a: number, b: number): number {
  const [less, more] = a < b ? [a, b] : [b, a]
  return less === Number.NEGATIVE_INFINITY ? more : more + Math.log1p(Math.exp(less - more))
}
