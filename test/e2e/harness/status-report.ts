/** Tells the API server how a Pod is: the last word counts, and is said until it is heard. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type ApiClient, ApiError, type Metadata } from './api-client.ts'

const RETRY_MS = 250

export interface StatusReportInit {
  readonly client: ApiClient
  readonly metadata: Metadata
  readonly read: () => object
  /** While it says so, nothing is said. */
  readonly cutOff: () => boolean
}

export class StatusReport {
  readonly #init: StatusReportInit
  #isDue = false
  #sending: Promise<void> | undefined
  #stopped = false

  constructor(init: StatusReportInit) {
    this.#init = init
  }

  /** Resolves when what is true now has been said. */
  send(): Promise<void> {
    this.#isDue = true
    this.#sending ??= this.#loop().finally(() => {
      this.#sending = undefined
    })
    return this.#sending
  }

  get active(): boolean {
    return !this.#stopped
  }

  /** Nothing more is said, nor tried again. */
  stop(): void {
    this.#stopped = true
  }

  async #loop(): Promise<void> {
    // What changes in the same turn is said at once.
    await Promise.resolve()
    while (this.#isDue && !this.#stopped) {
      if (this.#init.cutOff()) {
        await sleep(RETRY_MS)
        continue
      }
      this.#isDue = false
      const { client, metadata, read } = this.#init
      const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/status`
      const body = { metadata: { uid: metadata.uid }, status: read() }
      await client.patch(path, body, 'strategic').catch(async (error) => {
        // The Pod is gone, or another one has its name.
        if (error instanceof ApiError && (error.status === 404 || error.status === 409)) return
        if (error instanceof ApiError && error.status < 500 && error.status !== 429) throw error
        this.#isDue = true
        await sleep(RETRY_MS)
      })
    }
  }
}
