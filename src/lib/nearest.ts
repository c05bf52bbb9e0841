/** "Did you mean ...?": the word of a list that is closest to what was written. */

/**
 * The closest of the words, or `undefined` where none is near enough to be meant: at most two edits (insert, drop,
 * replace, swap neighbours), and fewer than half of the letters. Case does not count. Of equals the first wins.
 */
export function nearest(written: string, words: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.min(3, Math.ceil(written.length / 2))
  for (const word of words) {
    const distance = editDistance(written.toLowerCase(), word.toLowerCase(), bestDistance)
    if (distance < bestDistance) [best, bestDistance] = [word, distance]
  }
  return best
}

/** Restricted Damerau-Levenshtein distance; `limit` or more where the lengths alone say so. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = previous[j - 1]! + Number(a[i - 1] !== b[j - 1])
      let cost = Math.min(previous[j]! + 1, row[j - 1]! + 1, replace)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1)
      row.push(cost)
    }
    before = previous
    previous = row
  }
  return previous[b.length]!
}
