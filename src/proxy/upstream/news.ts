/**
 * What has arrived at sockets and was not read yet: the ends of connections above all. News are read one after the other
 * and in any order, so a request that could not be repeated waits for a look at all of them: one round of polling, from
 * its beginning to its end. All that wait share the look.
 */
import type { Clock } from '../../lib/clock.ts'

/**
 * A look that is older says nothing: a worker that has to wait for the processor in the middle of a turn sends what was
 * ready to endpoints that have ended meanwhile. On a machine with too much to do most of what was lost was lost so.
 */
const FRESH_MS = 1
/** So many more looks are worth the wait: a worker whose own turns are so long has enough to do. */
const MOST_AGAIN = 3

/** @param last no other look follows. @returns false to be asked again after another look. */
type Waiting = (last: boolean) => boolean

export interface NewsInit {
  readonly clock: Pick<Clock, 'now'>
  /** Runs what it is given once everything that has arrived in this round of polling was read. */
  readonly afterTurn: (run: () => void) => void
}

export class News {
  /** How many looks have begun. */
  looks = 0
  readonly #clock: Pick<Clock, 'now'>
  readonly #afterTurn: NewsInit['afterTurn']
  #next: Waiting[] = []
  /** Those that wait for the end of the look under way. */
  #current: Waiting[] = []
  #began = 0
  #again = 0
  #isLooking = false

  constructor({ clock, afterTurn }: NewsInit) {
    this.#clock = clock
    this.#afterTurn = afterTurn
  }

  /** Runs `then` once everything was read that had arrived by now. */
  afterLook(then: Waiting): void {
    this.#next.push(then)
    if (this.#isLooking) return
    this.#isLooking = true
    // The rest of this round of polling may have been fetched from the kernel before.
    this.#afterTurn(this.#look)
  }

  #look = (): void => {
    this.looks++
    this.#began = this.#clock.now()
    this.#current.push(...this.#next)
    this.#next = []
    this.#afterTurn(this.#tell)
  }

  #tell = (): void => {
    const told = this.#current
    const last = this.#again === MOST_AGAIN
    this.#current = []
    for (const then of told) {
      const isFresh = last || this.#clock.now() - this.#began <= FRESH_MS
      if (!(isFresh && then(last)) && !last) this.#current.push(then)
    }
    this.#again = this.#current.length === 0 ? 0 : this.#again + 1
    this.#isLooking = this.#current.length + this.#next.length > 0
    if (this.#isLooking) this.#look()
  }
}
