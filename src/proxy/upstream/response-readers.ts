/**
 * Readers of responses that are not at work. A connection borrows one for the time in which an answer comes, which mostly
 * is a single read: so a few of them, always in the processor's caches, serve any number of connections.
 */
import type { ProxySettings } from '../../model/settings.ts'
import { type Answered, ResponseReader } from './response-reader.ts'

/** At work at the same time, others than those that wait for more of a long answer. */
const MOST = 64

export class ResponseReaders {
  readonly #settings: () => ProxySettings
  #limits: ProxySettings['limits'] | undefined = undefined
  #stock: ResponseReader[] = []

  constructor(settings: () => ProxySettings) {
    this.#settings = settings
  }

  /** One that keeps to the limits of today, for the answer to this request; to be given back, or forgotten. */
  begin(request: Answered): ResponseReader {
    const { limits } = this.#settings()
    if (limits !== this.#limits) {
      this.#limits = limits
      this.#stock = []
    }
    const reader = this.#stock.pop() ?? new ResponseReader(limits)
    reader.begin(request)
    return reader
  }

  /** @param reader has read its answer to the end. */
  giveBack(reader: ResponseReader): void {
    if (reader.limits !== this.#limits || this.#stock.length === MOST) return
    reader.forget()
    this.#stock.push(reader)
  }
}
