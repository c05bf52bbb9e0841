/** Ways of cutting bytes into the pieces in which they arrive. */
import type { Random } from '../../../src/lib/random.ts'
import { below, oneOf } from './choice.ts'

/** Larger inputs are not cut into single bytes: it would cost more than it teaches. */
const BYTEWISE_MOST = 400

/** Copies, since whoever reads a piece may write into it. */
export function whole(text: string): Buffer[] {
  return [Buffer.from(text, 'latin1')]
}

/** Cut in one of several ways that chance chooses. */
export function segments(random: Random, text: string): Buffer[] {
  const bytes = Buffer.from(text, 'latin1')
  return oneOf(random, WAYS)(random, bytes).filter((piece) => piece.length > 0)
}

type Way = (random: Random, bytes: Buffer) => Buffer[]

const WAYS: readonly Way[] = [
  (random, bytes) => cutAt(bytes, [below(random, bytes.length + 1)]),
  (_, bytes) => (bytes.length > BYTEWISE_MOST ? [bytes] : inSteps(bytes, () => 1)),
  (random, bytes) => inSteps(bytes, () => 1 + below(random, bytes.length > BYTEWISE_MOST ? bytes.length / 30 : 7)),
  (random, bytes) => inSteps(bytes, () => 1 + below(random, bytes.length)),
  (random, bytes) =>
    cutAt(
      bytes,
      lineEnds(bytes).map((at) => at - below(random, 3)),
    ),
]

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  let start = 0
  for (const place of places) {
    if (place <= start) continue
    pieces.push(Buffer.from(bytes.subarray(start, place)))
    start = place
  }
  pieces.push(Buffer.from(bytes.subarray(start)))
  return pieces
}

function inSteps(bytes: Buffer, step: () => number): Buffer[] {
  const places: number[] = []
  for (let at = step(); at < bytes.length; at += step()) places.push(at)
  return cutAt(bytes, places)
}

function lineEnds(bytes: Buffer): number[] {
  const places: number[] = []
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) places.push(at + 1)
  return places
}
