/** Things that happen at a time, in the order of their times. */

interface Event {
  readonly at: number
  readonly run: () => void
}

/** A binary heap. */
export class EventQueue {
  /** Milliseconds since the beginning. */
  now = 0
  readonly #heap: Event[] = []

  after(milliseconds: number, run: () => void): void {
    const heap = this.#heap
    const event = { at: this.now + milliseconds, run }
    let at = heap.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (heap[parent]!.at <= event.at) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = event
  }

  /** Until nothing is left to happen. */
  run(): void {
    for (let event = this.#take(); event !== undefined; event = this.#take()) {
      this.now = event.at
      event.run()
    }
  }

  #take(): Event | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++
      if (heap[child]!.at >= last.at) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }
}
