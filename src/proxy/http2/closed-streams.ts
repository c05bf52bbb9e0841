/**
 * How the last streams ended, so that late frames are told from wrong ones: what was under way when we reset a stream is
 * no fault of the peer (RFC 9113 section 5.1). Bounded: of older ones only the number is known.
 */

/** `reset-here`: by us; `ended`: both sides were done, or the peer reset it; `forgotten`: long ago, or never used. */
export type Ending = 'reset-here' | 'ended' | 'forgotten'

const REMEMBERED = 256

export class ClosedStreams {
  readonly #ids: number[] = []
  #next = 0

  /** @param resetHere noted in the sign. */
  add(id: number, resetHere: boolean): void {
    this.#ids[this.#next] = resetHere ? -id : id
    this.#next = (this.#next + 1) % REMEMBERED
  }

  endingOf(id: number): Ending {
    if (this.#ids.includes(-id)) return 'reset-here'
    return this.#ids.includes(id) ? 'ended' : 'forgotten'
  }
}
