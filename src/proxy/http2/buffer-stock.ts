/**
 * Large buffers that are needed for a moment: of one thread, lent and given back, so that they are neither made anew for
 * each answer nor left to the garbage collector, which counts their bytes and runs for them.
 */

/** Bodies of some kilobytes; all that may wait for a client, with room for what is above it. */
const SIZES = [32 * 1024, 160 * 1024] as const
/** Buffers of each size that are kept for the next who needs one: 6 MiB at most. */
const KEPT = 32

const stock: ReadonlyMap<number, Buffer[]> = new Map(SIZES.map((size) => [size, []]))

/** A buffer of at least so many bytes. */
export function borrowBuffer(bytes: number): Buffer {
  const size = SIZES.find((each) => each >= bytes)
  if (size === undefined) return Buffer.allocUnsafeSlow(2 * bytes)
  return stock.get(size)!.pop() ?? Buffer.allocUnsafeSlow(size)
}

/** Nobody uses it any more. */
export function returnBuffer(buffer: Buffer): void {
  const kept = stock.get(buffer.length)
  if (kept !== undefined && kept.length < KEPT) kept.push(buffer)
}
