/** The logarithm of the sum of two numbers that are given by their own: what they are may be too large for a number. */
export function logAdd(a: number, b: number): number {
  const [less, more] = a < b ? [a, b] : [b, a]
  return less === Number.NEGATIVE_INFINITY ? more : more + Math.log1p(Math.exp(less - more))
}
