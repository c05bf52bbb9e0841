/**
 * What a connection is about to send: every frame of a turn, for all streams, in one buffer that leaves in one write.
 * Begins small, since most connections are idle; takes a larger one when a turn needs it.
 */
const FIRST_BYTES = 4096
/** A buffer of more is not kept once its bytes are gone. */
const KEEP_BYTES = 64 * 1024

export class WriteBuffer {
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES)
  length = 0

  /** Makes room for so many bytes more. */
  reserve(more: number): void {
    const wanted = this.length + more
    if (wanted <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(wanted, this.bytes.length * 2))
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
  }

  uint16(value: number): void {
    this.bytes[this.length++] = value >>> 8
    this.bytes[this.length++] = value
  }

  uint32(value: number): void {
    this.uint16(value >>> 16)
    this.uint16(value)
  }

  /** Copies `bytes[start, end)`. */
  copy(bytes: Buffer, start: number, end: number): void {
    this.reserve(end - start)
    this.length += bytes.copy(this.bytes, this.length, start, end)
  }

  /** What is there to be written. */
  view(): Buffer {
    return this.bytes.subarray(0, this.length)
  }

  /**
   * It was written.
   * @param taken whether nobody reads the buffer any more, so that it may be filled again.
   */
  written(taken: boolean): void {
    this.length = 0
    if (!taken || this.bytes.length > KEEP_BYTES) this.bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  }
}
