/** Where limits of the whole cluster are counted exactly: outside of here, by one question for each request. */
import type { LimitStoreSpec } from '../../../model/limit-store.ts'
import type { RateSpec } from '../../shared/gcra-table.ts'

export interface StoreQuestion {
  /** The limit and who is limited; holds nothing that a person could be known by. */
  readonly key: string
  readonly rate: RateSpec
  /** In requests. */
  readonly cost: number
}

export interface StoreClient {
  /**
   * Takes room for a request.
   * @returns 0 where it may pass, otherwise the milliseconds after which it could; rejects where nobody answers in time.
   */
  take(question: StoreQuestion): Promise<number>
  /** Takes what nobody asked about beforehand, room or not. */
  charge(question: StoreQuestion): Promise<unknown>
  close(): void
}

export type OpenStore = (spec: LimitStoreSpec) => Promise<StoreClient>

/** How long it is left alone after it did not answer: a store that hangs must not cost each request its timeout. */
const REST_MS = 1_000

/** One store, asked as long as it answers. */
export class LimitStore {
  readonly onFailure: LimitStoreSpec['onFailure']
  readonly #now: () => number
  readonly #client: Promise<StoreClient>
  #opened: StoreClient | undefined
  #restsUntil = Number.NEGATIVE_INFINITY
  #closed = false
  answered = 0
  failed = 0

  constructor(spec: LimitStoreSpec, open: OpenStore, now: () => number) {
    this.onFailure = spec.onFailure
    this.#now = now
    this.#client = open(spec)
    this.#client.then(
      (client) => {
        if (this.#closed) client.close()
        else this.#opened = client
      },
      () => this.#fail(),
    )
  }

  /** As of the client; `undefined` at once or later where it does not answer. */
  take(question: StoreQuestion): Promise<number | undefined> | undefined {
    if (this.#opened === undefined || this.#now() < this.#restsUntil) {
      this.failed++
      return undefined
    }
    return this.#opened.take(question).then(
      (wait) => {
        this.answered++
        return wait
      },
      () => this.#fail(),
    )
  }

  charge(question: StoreQuestion): void {
    if (this.#now() >= this.#restsUntil) this.#opened?.charge(question).catch(() => this.#fail())
  }

  close(): void {
    this.#closed = true
    this.#opened?.close()
    this.#opened = undefined
  }

  #fail(): undefined {
    this.failed++
    this.#restsUntil = this.#now() + REST_MS
  }
}
