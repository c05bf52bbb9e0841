/**
 * Whether a connection with requests under way still has somebody at its other end: a node that is gone says nothing, and
 * neither does an endpoint that takes its time. A PING tells them apart. Asked seldom, since servers of gRPC take more
 * than a few PINGs without data within five minutes for an attack and end the connection.
 */
const SILENCE_MS = 10_000
const PATIENCE_MS = 10_000
const AGAIN_MS = 310_000

export class Liveness {
  #heardAt: number
  #askedAt = Number.NEGATIVE_INFINITY
  #waits = false

  /** @param now monotonic milliseconds, here and below. */
  constructor(now: number) {
    this.#heardAt = now
  }

  /** Something came. */
  heard(now: number): void {
    this.#heardAt = now
    this.#waits = false
  }

  /** A request begins on a connection that had none: its silence until now says nothing. */
  begin(now: number): void {
    this.#heardAt = Math.max(this.#heardAt, now)
  }

  /** What is to be done, with requests under way; `ask` is to be followed by a PING. */
  check(now: number): 'wait' | 'ask' | 'dead' {
    if (this.#waits) return now - this.#askedAt >= PATIENCE_MS ? 'dead' : 'wait'
    if (now - this.#heardAt < SILENCE_MS || now - this.#askedAt < AGAIN_MS) return 'wait'
    this.#askedAt = now
    this.#waits = true
    return 'ask'
  }
}
