/**
 * The end of a turn of the event loop: what many answers have made is sent then, once for each connection, so that all
 * frames of a turn leave in one write.
 */

/** Something that has output. */
export interface Flushable {
  flush(): void
}

export class TurnEnd {
  readonly #schedule: (run: () => void) => void
  #waiting: Flushable[] = []
  #next: Flushable[] = []

  /** @param schedule runs what it is given once everything that arrived in this turn was read. */
  constructor(schedule: (run: () => void) => void) {
    this.#schedule = schedule
  }

  /** Has it flushed at the end of the turn; the caller sees to it that nothing is added twice. */
  add(item: Flushable): void {
    if (this.#waiting.push(item) === 1) this.#schedule(this.#run)
  }

  #run = (): void => {
    const items = this.#waiting
    this.#waiting = this.#next
    for (const item of items) item.flush()
    items.length = 0
    this.#next = items
  }
}
