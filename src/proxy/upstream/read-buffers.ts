/**
 * Buffers that upstream sockets read into. While answers are small, one that they all share, which is in the processor's
 * caches whoever reads; a large one of its own for a connection as soon as an answer fills the small one, as long as the
 * worker's allowance lasts, which is reused for all of its reads.
 */
import { COPIED_BYTES } from '../output.ts'

/** Others read into the same buffer next: whoever takes so little has copied it by then. */
const SMALL_BYTES = COPIED_BYTES
const LARGE_BYTES = 64 * 1024
/** Large buffers that a worker hands out (32 MiB), and from which number on idle connections give theirs back. */
const MOST_LARGE = 512
const SCARCE_LARGE = 256

export class ReadBuffers {
  readonly #small = Buffer.allocUnsafeSlow(SMALL_BYTES)
  #large = 0

  /** Large buffers that are handed out. */
  get large(): number {
    return this.#large
  }

  small(): Buffer {
    return this.#small
  }

  /** A buffer of the same size, for one whose bytes are still being sent: those of the small one never are. */
  another(buffer: Buffer): Buffer {
    return buffer === this.#small ? buffer : Buffer.allocUnsafeSlow(buffer.length)
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
