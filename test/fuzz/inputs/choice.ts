/** Draws that the generators share. Everything hangs on one Random, so that a seed is the whole story. */
import type { Random } from '../../../src/lib/random.ts'

/** A whole number from 0 to `n - 1`. */
export function below(random: Random, n: number): number {
  return Math.floor(random() * n)
}

export function oneOf<T>(random: Random, list: readonly T[]): T {
  return list[below(random, list.length)]!
}

export function chance(random: Random, probability: number): boolean {
  return random() < probability
}
