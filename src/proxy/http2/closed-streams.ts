/**
 * How streams ended, so that late frames are told from wrong ones: what was under way when we reset a stream is no fault
 * of the peer (RFC 9113 section 5.1). Nearly all streams end well and in order, so only the others are written down: what
 * we reset, and numbers that were passed over. Bounded: of older ones only the number is known.
 */

/** `reset-here`: by us; `ended`: both sides were done, or the peer reset it; `forgotten`: long ago, or never used. */
export type Ending = 'reset-here' | 'ended' | 'forgotten'

/** So many resets are remembered, so many gaps, and the streams with so many of the last numbers. */
const REMEMBERED = 256
const GAPS = 16

export class ClosedStreams {
  #resets: number[] | undefined = undefined
  /** Pairs: what lies between them was never used. */
  #gaps: number[] | undefined = undefined

  reset(id: number): void {
    this.#resets ??= []
    if (this.#resets.push(id) > REMEMBERED) this.#resets.shift()
  }

  /** The numbers between these two were passed over, which closes them (section 5.1.1). */
  skipped(before: number, next: number): void {
    this.#gaps ??= []
    if (this.#gaps.push(before, next) > 2 * GAPS) this.#gaps.splice(0, 2)
  }

  /** @param last the highest number that was used. */
  endingOf(id: number, last: number): Ending {
    if (this.#resets?.includes(id) === true) return 'reset-here'
    return id <= last - 2 * REMEMBERED || this.#isInGap(id) ? 'forgotten' : 'ended'
  }

  #isInGap(id: number): boolean {
    const gaps = this.#gaps ?? []
    return gaps.some((before, i) => i % 2 === 0 && id > before && id < gaps[i + 1]!)
  }
}
