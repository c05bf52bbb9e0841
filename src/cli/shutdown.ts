/**
 * The end of the process, in order: readiness fails and answers announce the end at once → connections are still
 * taken for the drain delay, while load balancers look away → what is in flight finishes, for at most the drain
 * timeout → exit. Begun once, whatever signals follow; a second SIGINT exits now.
 */
import type { Clock } from '../lib/clock.ts'

export interface ShutdownSpec {
  readonly clock: Clock
  readonly drainDelayMs: number
  /** Readiness has failed already; tell clients. */
  readonly retire: () => void
  /** Stop accepting and let what is in flight finish, within its own bound. */
  readonly drain: () => Promise<void>
  /** Everything else that is open. */
  readonly close: () => Promise<void>
  readonly exit: (code: number) => void
}

export type Signal = 'SIGTERM' | 'SIGINT'

/** What a shell reports for a process that SIGINT ended: 128 and the number of the signal. */
const INTERRUPTED = 130
/** npm passes Ctrl-C on to a process that the terminal has told already: that is one key, not two. */
const SAME_KEY_MS = 100

export class Shutdown {
  readonly #spec: ShutdownSpec
  #begun = false
  #interruptedAt: number | undefined

  constructor(spec: ShutdownSpec) {
    this.#spec = spec
  }

  get begun(): boolean {
    return this.#begun
  }

  signal(name: Signal): void {
    if (name === 'SIGINT' && this.#again()) this.#spec.exit(INTERRUPTED)
    else void this.begin(0)
  }

  /** @param code what the process exits with; that of the first call counts. */
  async begin(code: number): Promise<void> {
    if (this.#begun) return
    this.#begun = true
    const { clock, drainDelayMs, retire, drain, close, exit } = this.#spec
    retire()
    const { promise: delayed, resolve } = Promise.withResolvers<void>()
    if (drainDelayMs > 0) clock.after(drainDelayMs, resolve)
    else resolve()
    await delayed
    await drain()
    await close()
    exit(code)
  }

  #again(): boolean {
    const now = this.#spec.clock.now()
    const again = this.#interruptedAt !== undefined && now - this.#interruptedAt >= SAME_KEY_MS
    this.#interruptedAt ??= now
    return again
  }
}
