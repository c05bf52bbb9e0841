/** A long run of random bytes, sent and checked without holding it in memory. */
import assert from 'node:assert/strict'
import { seededRandom } from '../../src/lib/random.ts'
import type { Peer } from './harness.ts'

/** A prime length, so that no round number of bytes may be missing or doubled unseen. */
const PERIOD = 65_521
const PIECE = 4 * PERIOD

export class Pattern {
  readonly length: number
  /** Four periods, and one more to start anywhere. */
  readonly #piece: Buffer
  #given = 0
  #checked = 0

  constructor(length: number, seed: number) {
    this.length = length
    const random = seededRandom(seed)
    const period = Buffer.from(Array.from({ length: PERIOD }, () => Math.floor(random() * 256)))
    this.#piece = Buffer.concat([period, period, period, period, period])
  }

  /** Whether all of it arrived. */
  get complete(): boolean {
    return this.#checked === this.length
  }

  /** Sends all of it, as fast as it is taken, and does the rest. */
  pump(peer: Peer, then: () => void = () => {}): void {
    const { socket } = peer
    while (this.#given < this.length && socket.writableLength < PIECE) this.send(peer, PIECE)
    if (this.#given < this.length) socket.once('drain', () => this.pump(peer, then))
    else then()
  }

  /** Sends the next bytes, at most as many as this. */
  send({ socket }: Peer, most: number): void {
    const bytes = Math.min(most, this.length - this.#given)
    const start = this.#given % PERIOD
    this.#given += bytes
    socket.write(this.#piece.subarray(start, start + bytes))
  }

  /** Bytes that the peer's kernel has taken. */
  sent({ socket }: Peer): number {
    return this.#given - socket.writableLength
  }

  /** Checks what arrives at the peer from now on. */
  check(peer: Peer): void {
    peer.onBytes = (chunk) => this.take(chunk)
  }

  take(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const bytes = Math.min(PIECE, chunk.length - at)
      const start = this.#checked % PERIOD
      const same = chunk.subarray(at, at + bytes).equals(this.#piece.subarray(start, start + bytes))
      assert.ok(same, `wrong bytes between ${this.#checked} and ${this.#checked + bytes}`)
      this.#checked += bytes
      at += bytes
    }
    assert.ok(this.#checked <= this.length, `${this.#checked} bytes of ${this.length}`)
  }
}
