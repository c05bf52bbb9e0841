/**
 * What one socket is about to send. Text (heads, chunk framing) waits until the bytes behind it are known, so that a
 * head and its body leave in one system call; small bodies are joined to the text, large ones are written where they
 * lie, with the head laid into the free bytes in front of them.
 */
import type { Socket } from 'node:net'

/** Bodies up to this size are cheaper to copy into the text than to write by themselves (measured). */
const JOIN_BYTES = 4096
/** Text of more than this is sent; Node encodes up to 16 KiB of Latin-1 without allocating. */
const MAX_TEXT = 15 * 1024

export class Output {
  readonly #socket: Socket
  #text = ''

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Whether the kernel has taken everything that was flushed. */
  get clear(): boolean {
    return this.#socket.writableLength === 0
  }

  /** Latin-1 text; leaves with the next bytes, or with `flush`. */
  text(text: string): void {
    if (this.#text.length > MAX_TEXT) this.flush()
    this.#text += text
  }

  /**
   * Body bytes. May overwrite what lies before `start` in the buffer.
   * @returns false where the kernel has not taken all of them: the buffer must stay as it is until `whenClear`.
   */
  bytes(buffer: Buffer, start: number, end: number): boolean {
    const socket = this.#socket
    if (end - start <= JOIN_BYTES) {
      this.text(buffer.toString('latin1', start, end))
      return socket.writableLength === 0
    }
    const text = this.#text
    if (text === '') {
      socket.write(buffer.subarray(start, end))
      return socket.writableLength === 0
    }
    this.#text = ''
    const head = start - text.length
    if (head >= 0 && socket.writableLength === 0) {
      buffer.write(text, head, 'latin1')
      socket.write(buffer.subarray(head, end))
    } else {
      socket.cork()
      socket.write(text, 'latin1')
      socket.write(buffer.subarray(start, end))
      socket.uncork()
    }
    return socket.writableLength === 0
  }

  /** @returns false where the kernel has not taken everything. */
  flush(): boolean {
    if (this.#text !== '') {
      const text = this.#text
      this.#text = ''
      this.#socket.write(text, 'latin1')
    }
    return this.#socket.writableLength === 0
  }

  /** Runs once the kernel has taken everything written so far; never runs if the socket dies first. */
  whenClear(run: () => void): void {
    this.#socket.write('', 'latin1', (error) => {
      if (error === null || error === undefined) run()
    })
  }
}
