/**
 * Buffers that are needed for a moment: of one thread, lent and given back, so that they are neither made anew for
 * each answer nor left to the garbage collector, which counts their bytes and runs for them.
 */

/** Bytes, and how many of that size are kept for the next who needs one: 7 MiB at most. */
const SIZES: readonly (readonly [bytes: number, most: number])[] = [
  // Heads: in a busy turn nearly every connection has one.
  [4 * 1024, 256],
  // Bodies of some kilobytes.
  [32 * 1024, 32],
  // All that may wait for a client, with room for what is above it.
  [160 * 1024, 32],
]

const stock = SIZES.map(([bytes, most]) => ({ bytes, most, kept: [] as Buffer[] }))

/** A buffer of at least so many bytes. */
export function borrowBuffer(bytes: number): Buffer {
  for (const size of stock) if (size.bytes >= bytes) return size.kept.pop() ?? Buffer.allocUnsafeSlow(size.bytes)
  return Buffer.allocUnsafeSlow(2 * bytes)
}

/** Nobody uses it any more. */
export function returnBuffer(buffer: Buffer): void {
  for (const { bytes, most, kept } of stock) {
    if (bytes === buffer.length && kept.length < most) kept.push(buffer)
  }
}
