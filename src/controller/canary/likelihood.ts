/**
 * How likely the share of a variant in what went wrong is, given how much went wrong in all: Fisher's noncentral
 * hypergeometric distribution (R. A. Fisher, "The logic of inductive inference", 1935, section 4).
 */

/** A table of two rows: what of the requests of each went wrong in one stretch of time. */
export interface Split {
  readonly canary: number
  readonly canaryBad: number
  readonly primary: number
  readonly primaryBad: number
}

/**
 * The logarithm of how much likelier the table is where the odds of the canary are `odds` times those of the primary
 * than where they are `tolerated` times as high. Whatever the odds of the primary are and however they change from one
 * stretch to the next does not matter: what went wrong in all is given.
 * @returns 0 where the table says nothing.
 */
export function logLikelihoodRatio(split: Split, odds: number, tolerated: number): number {
  const { canary, primary, canaryBad, primaryBad } = split
  const bad = canaryBad + primaryBad
  if (canary === 0 || primary === 0 || bad === 0 || bad === canary + primary) return 0
  const ways = logWays(split)
  return canaryBad * Math.log(odds / tolerated) + logSum(ways, tolerated) - logSum(ways, odds)
}

interface Ways {
  /** Fewest that can have gone wrong in the canary. */
  readonly fewest: number
  /** Logarithm of how many ways there are for this many and one more and so on, but for a common factor. */
  readonly logs: readonly number[]
}

function logWays({ canary, primary, canaryBad, primaryBad }: Split): Ways {
  const bad = canaryBad + primaryBad
  const fewest = Math.max(0, bad - primary)
  const most = Math.min(bad, canary)
  const logs = [0]
  for (let k = fewest; k < most; k++) {
    const step = ((canary - k) * (bad - k)) / ((k + 1) * (primary - bad + k + 1))
    logs.push(logs.at(-1)! + Math.log(step))
  }
  return { fewest, logs }
}

function logSum({ fewest, logs }: Ways, odds: number): number {
  const step = Math.log(odds)
  let most = Number.NEGATIVE_INFINITY
  for (const [k, log] of logs.entries()) most = Math.max(most, log + (fewest + k) * step)
  let sum = 0
  for (const [k, log] of logs.entries()) sum += Math.exp(log + (fewest + k) * step - most)
  return most + Math.log(sum)
}
