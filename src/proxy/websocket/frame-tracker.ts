/**
 * Where the frames of one direction of a WebSocket begin and end (RFC 6455 section 5.2), so that a frame of our own
 * can go in between two of them. Reads headers only: opcode and length, never a payload, and judges nothing; what is
 * wrong with a frame is between the two ends.
 */
const CLOSE = 0x8
const OPCODE_BITS = 0x0f
const MASKED_BIT = 0x80
const LENGTH_BITS = 0x7f
/** Lengths up to 125 stand in the second byte itself; these two say that 2 or 8 bytes of length follow. */
const LENGTH_16 = 126
const LENGTH_64 = 127
const MASK_BYTES = 4

export class FrameTracker {
  /** Whether a close frame has passed: after it nothing may follow (section 5.5.1). */
  closed = false
  /** Bytes of the current header that have come; both counts are 0 between frames. */
  #seen = 0
  #opcode = 0
  /** Bytes of the current header that are still to come, and how many of them belong to the length. */
  #headerLeft = 0
  #lengthLeft = 0
  #payloadLeft = 0

  /** Whether the last byte was the last one of a frame, or none has come yet. */
  get between(): boolean {
    return this.#seen === 0
  }

  /** Follows bytes to their end. */
  pass(buffer: Buffer, start: number, end: number): void {
    let at = start
    while (at < end) at = this.next(buffer, at, end)
  }

  /**
   * Follows bytes up to the end of the first frame that ends in them.
   * @returns the offset behind that frame; `end` where none ends before it, and then `between` says whether one does there.
   */
  next(buffer: Buffer, start: number, end: number): number {
    let at = start
    while (at < end) {
      const inHeader = this.#seen < 2 || this.#headerLeft > 0
      if (inHeader) this.#header(buffer[at++]!)
      else {
        const bytes = Math.min(this.#payloadLeft, end - at)
        this.#payloadLeft -= bytes
        at += bytes
      }
      if (this.#seen >= 2 && this.#headerLeft === 0 && this.#payloadLeft === 0) {
        this.#finish()
        return at
      }
    }
    return end
  }

  #header(byte: number): void {
    this.#seen++
    if (this.#seen === 1) this.#opcode = byte & OPCODE_BITS
    else if (this.#seen === 2) this.#lengthByte(byte)
    else {
      this.#headerLeft--
      if (this.#lengthLeft === 0) return
      this.#lengthLeft--
      this.#payloadLeft = this.#payloadLeft * 256 + byte
      // More than can be counted, and more than will ever come: such a frame has no end.
      if (this.#payloadLeft > Number.MAX_SAFE_INTEGER) this.#payloadLeft = Number.POSITIVE_INFINITY
    }
  }

  #lengthByte(byte: number): void {
    const length = byte & LENGTH_BITS
    this.#lengthLeft = length === LENGTH_16 ? 2 : length === LENGTH_64 ? 8 : 0
    this.#payloadLeft = this.#lengthLeft === 0 ? length : 0
    this.#headerLeft = this.#lengthLeft + ((byte & MASKED_BIT) === 0 ? 0 : MASK_BYTES)
  }

  #finish(): void {
    this.#seen = 0
    if (this.#opcode === CLOSE) this.closed = true
  }
}
