/**
 * Buffers that upstream sockets read into. Small ones while answers are small, so that thousands of idle
 * connections cost little; a large one as soon as an answer fills the small one, as long as the worker's allowance
 * lasts. A buffer belongs to one connection and is reused for all of its reads.
 */
const SMALL_BYTES = 4 * 1024
const LARGE_BYTES = 64 * 1024
/** Large buffers that a worker hands out (32 MiB), and from which number on idle connections give theirs back. */
const MOST_LARGE = 512
const SCARCE_LARGE = 256

export class ReadBuffers {
  #large = 0

  /** Large buffers that are handed out. */
  get large(): number {
    return this.#large
  }

  small(): Buffer {
    return Buffer.allocUnsafeSlow(SMALL_BYTES)
  }

  /** A buffer of the same size, for one whose bytes are still being sent. */
  another(buffer: Buffer): Buffer {
    return Buffer.allocUnsafeSlow(buffer.length)
  }

  /** The buffer to go on with: the same one, a larger one after a read that filled it, a small one while idle. */
  fitting(buffer: Buffer, filled: boolean, idle: boolean): Buffer {
    const large = buffer.length > SMALL_BYTES
    if (large && idle && this.#large > SCARCE_LARGE) {
      this.#large--
      return this.small()
    }
    if (large || !filled || this.#large >= MOST_LARGE) return buffer
    this.#large++
    return Buffer.allocUnsafeSlow(LARGE_BYTES)
  }

  /** A connection is gone with its buffer. */
  release(buffer: Buffer): void {
    if (buffer.length > SMALL_BYTES) this.#large--
  }
}
