/**
 * What one socket is about to send. Text (heads, chunk framing) waits until the bytes behind it are known, so that a
 * head and its body leave in one system call; small bodies are joined to the text, large ones are written where they
 * lie, with the head laid into the free bytes in front of them.
 */
import type { Socket } from 'node:net'

/**
 * Bodies up to this size are cheaper to copy into the text than to write by themselves (measured). Whoever takes pieces of
 * a body copies those up to this size at once: givers read the next bytes over them.
 */
export const COPIED_BYTES = 4096
/** Free bytes in front of a copied body: the text before it is laid there. */
export const HEADROOM = 1024
/** Text of more than this is sent; Node encodes up to 16 KiB of Latin-1 without allocating. */
const MAX_TEXT = 15 * 1024

/** Whether TLS is spoken on it. */
export function isEncrypted(socket: Socket): boolean {
  return 'encrypted' in socket
}

/**
 * Closes it at once.
 * @param broken so that the other end sees a break where a plain end would look like one that was meant. TLS shows that
 *   by itself: its own end is missing (RFC 8446 section 6.1).
 */
export function closeSocket(socket: Socket, broken: boolean): void {
  if (broken && !isEncrypted(socket)) socket.resetAndDestroy()
  else socket.destroy()
}

export class Output {
  readonly #socket: Socket
  readonly #slack: number
  #text = ''
  /** Whether a buffer of somebody else's waits among the output. */
  #holds = false

  /**
   * @param slack bytes on their way that nobody has to wait for. For a TLS socket, which takes what it is given at once
   *   where nothing waits before it, but says so only in a later turn; 0 for others.
   */
  constructor(socket: Socket, slack = 0) {
    this.#socket = socket
    this.#slack = slack
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
    if (end - start <= COPIED_BYTES) {
      this.text(buffer.toString('latin1', start, end))
      return this.#isRoomy()
    }
    const wasClear = this.clear
    this.#write(buffer, start, end)
    if (this.#slack === 0) return this.clear
    if (!wasClear) this.#holds = true
    return wasClear
  }

  /** Text and bytes in one system call. */
  #write(buffer: Buffer, start: number, end: number): void {
    const socket = this.#socket
    const text = this.#text
    if (text === '') return void socket.write(buffer.subarray(start, end))
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
  }

  /** @returns false where the kernel has not taken everything, but for the slack. */
  flush(): boolean {
    if (this.#text !== '') {
      const text = this.#text
      this.#text = ''
      this.#socket.write(text, 'latin1')
    }
    return this.#isRoomy()
  }

  /** Runs once the kernel has taken everything written so far; never runs if the socket dies first. */
  whenClear(run: () => void): void {
    this.#socket.write('', 'latin1', (error) => {
      if (error === null || error === undefined) run()
    })
  }

  #isRoomy(): boolean {
    const waiting = this.#socket.writableLength
    if (waiting === 0) this.#holds = false
    return waiting === 0 || (!this.#holds && waiting <= this.#slack)
  }
}
