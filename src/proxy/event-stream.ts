/**
 * Where the events of an event stream end (the HTML standard, "Server-sent events"): at an empty line, and a line ends
 * with CR LF, LF or CR. A browser throws away an event whose empty line it has not seen, and connects again after any
 * end of the stream, with the id of the last event it has.
 */
import type { HeaderList } from './headers.ts'

const EVENT_STREAM = /^text\/event-stream\b/i
/** An empty line is at most two line ends of two bytes each. */
const TAIL_BYTES = 4
/** CR LF is one line end, not two. */
const EMPTY_LINE = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)$/

/** Whether this is the head of one. */
export function isEventStream(headers: HeaderList): boolean {
  const type = headers.get('content-type')
  return type !== undefined && EVENT_STREAM.test(type)
}

export class EventStream {
  readonly #legible: boolean
  #tail = ''
  #leaving = false

  /** @param headers of the answer: in a compressed one nobody sees where events end. */
  constructor(headers: HeaderList) {
    this.#legible = headers.get('content-encoding') === undefined
  }

  /** Follows bytes; only the last ones count. */
  pass(buffer: Buffer, start: number, end: number): void {
    const last = buffer.toString('latin1', Math.max(start, end - TAIL_BYTES), end)
    this.#tail = (this.#tail + last).slice(-TAIL_BYTES)
  }

  /** Whether no event is under way. */
  get between(): boolean {
    return this.#legible && (this.#tail === '' || EMPTY_LINE.test(this.#tail))
  }

  /** It is to end behind the event under way. */
  leave(): 'soon' {
    this.#leaving = true
    return 'soon'
  }

  /** Whether it is to end now. */
  get isDue(): boolean {
    return this.#leaving && this.between
  }
}
