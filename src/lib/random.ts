/** Chance: as an argument wherever it decides something. */
import type { Buffer } from 'node:buffer'
import { randomBytes } from 'node:crypto'

/** A number in [0, 1). */
export type Random = () => number

export const systemRandom: Random = Math.random

/**
 * A repeatable generator for tests and simulations (mulberry32, public domain by Tommy Ettinger).
 * Tests print the seed, so that a failure can be run again.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** 32 bits of chance: the key of a hash, or a number that no other has. */
export function randomSeed(random: Random): number {
  return Math.floor(random() * 2 ** 32)
}

/** Bytes that nobody can guess: keys and serial numbers. */
export function secretBytes(count: number): Buffer {
  return randomBytes(count)
}
