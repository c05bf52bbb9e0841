/**
 * Objects that are read one by one, because something refers to them: at once when it begins to, and again and again
 * as long as it does. The right to list them is not needed.
 */
import { backoff } from '../../../lib/backoff.ts'
import type { Clock } from '../../../lib/clock.ts'
import type { Random } from '../../../lib/random.ts'
import type { Ref } from '../../api/kubernetes/metadata.ts'
import type { KubeClient } from './client.ts'
import { ApiError, isForeseen, Unreachable } from './errors.ts'
import { type Change, identify, Known } from './known.ts'
import type { Health } from './reflector.ts'
import { objectPath, type ResourceRow } from './resources.ts'
import { RETRY } from './verdict.ts'

/** How old what we know of an object may become. */
const REREAD_MS = 30_000
/** Reads under way at one time: enough to be quick, few enough for the server not to notice. */
const MOST_AT_ONCE = 8
/** After so many failures of its own, an object is not waited for any more: the others exist, too. */
const MOST_WAITED_FOR = 4
/** Answers that the next object would get as well. */
const OF_THE_SERVER: ReadonlySet<number> = new Set([401, 429, 503, 504])

export interface ByNameInit {
  readonly row: ResourceRow
  readonly client: KubeClient
  readonly clock: Clock
  readonly random: Random
  readonly onChange: (change: Change) => void
  /** Told when `failures` or `health` changed. */
  readonly onFailures: () => void
  readonly onDefect: (error: unknown) => void
}

interface Wanted {
  readonly ref: Ref
  /** The server said once what there is, or that we may not know; or it cannot say. */
  readonly answered: PromiseWithResolvers<void>
  isAnswered: boolean
  failures: number
  waiting: boolean
}

export class ByName {
  readonly #init: ByNameInit
  readonly #known = new Known()
  readonly #wanted = new Map<Ref, Wanted>()
  readonly #queue = new Set<Wanted>()
  #atOnce = 0
  #health: Health = { condition: 'live', failures: 0 }
  /** Nothing is asked while this is set: the server is there for nobody. */
  #callOffPause: (() => void) | undefined
  #stopped = false
  readonly #endRereading: () => void
  /** Why objects cannot be read, for people; what was read of them before stays in use. */
  readonly failures = new Map<Ref, string>()

  constructor(init: ByNameInit) {
    this.#init = init
    this.#endRereading = init.clock.every(REREAD_MS, () => {
      for (const wanted of this.#wanted.values()) this.#ask(wanted)
    })
  }

  /** Whether the server answers at all. Thousands of objects that cannot be read for one reason are one failure. */
  get health(): Health {
    return this.#health
  }

  /** Whether there was an answer about an object. */
  hasRead(ref: Ref): boolean {
    return this.#wanted.get(ref)?.isAnswered === true
  }

  /** From now on just these are read. Resolves once there was an answer about each. */
  async want(refs: ReadonlySet<Ref>): Promise<void> {
    for (const ref of this.#wanted.keys()) if (!refs.has(ref)) this.#forget(ref)
    for (const ref of refs) if (!this.#wanted.has(ref)) this.#begin(ref)
    await Promise.all([...this.#wanted.values()].map(({ answered }) => answered.promise))
  }

  stop(): void {
    this.#stopped = true
    this.#endRereading()
    this.#callOffPause?.()
    this.#queue.clear()
  }

  #begin(ref: Ref): void {
    const wanted: Wanted = { ref, answered: Promise.withResolvers(), isAnswered: false, failures: 0, waiting: false }
    this.#wanted.set(ref, wanted)
    this.#ask(wanted)
  }

  #forget(ref: Ref): void {
    const wanted = this.#wanted.get(ref)
    if (wanted === undefined) return
    this.#wanted.delete(ref)
    this.#queue.delete(wanted)
    wanted.answered.resolve()
    this.#note(wanted, undefined)
    this.#tellGone(ref)
  }

  #ask(wanted: Wanted): void {
    if (this.#stopped || wanted.waiting) return
    this.#queue.add(wanted)
    this.#pump()
  }

  #pump(): void {
    for (const wanted of this.#queue) {
      if (this.#atOnce >= MOST_AT_ONCE || this.#callOffPause !== undefined) return
      this.#queue.delete(wanted)
      wanted.waiting = true
      this.#atOnce++
      void this.#read(wanted).finally(() => {
        this.#atOnce--
        this.#pump()
      })
    }
  }

  async #read(wanted: Wanted): Promise<void> {
    const { client, row } = this.#init
    const [, namespace = '', name = ''] = wanted.ref.split('/')
    try {
      const raw = await client.get(objectPath(row, namespace, name))
      this.#report({ condition: 'live', failures: 0 })
      if (this.#isCurrent(wanted)) this.#found(wanted, raw)
      this.#done(wanted, undefined)
    } catch (error) {
      if (this.#isCurrent(wanted)) this.#failed(wanted, error)
    }
  }

  #isCurrent(wanted: Wanted): boolean {
    return !this.#stopped && this.#wanted.get(wanted.ref) === wanted
  }

  #found({ ref }: Wanted, raw: unknown): void {
    const { row, onChange } = this.#init
    const seen = identify(row.kind, raw)
    if (!this.#known.isNew({ ref, version: seen.version })) return
    const upsert = { ref, version: seen.version, object: row.trim(seen.raw) }
    if (!this.#known.note(upsert)) return
    try {
      onChange({ upserts: [upsert], removals: [] })
    } catch (error) {
      this.#known.doubt([ref])
      throw error
    }
  }

  #failed(wanted: Wanted, error: unknown): void {
    const status = error instanceof ApiError ? error.status : 0
    if (error instanceof Unreachable || OF_THE_SERVER.has(status)) return this.#pause(wanted, error)
    this.#report({ condition: 'live', failures: 0 })
    if (status === 404) {
      this.#tellGone(wanted.ref)
      return this.#done(wanted, undefined)
    }
    const failure = wordsOf(error)
    if (status === 403) return this.#done(wanted, failure)
    if (!isForeseen(error)) this.#init.onDefect(error)
    this.#note(wanted, failure)
    if (++wanted.failures >= MOST_WAITED_FOR) this.#answered(wanted)
    this.#init.clock.after(this.#patience(error, wanted.failures), () => {
      wanted.waiting = false
      if (this.#isCurrent(wanted)) this.#ask(wanted)
    })
  }

  /** Until it is over, nothing is asked of a server that answers nobody, or asked us to wait. */
  #pause(wanted: Wanted, error: unknown): void {
    wanted.waiting = false
    this.#queue.add(wanted)
    // Those that were under way together fail together.
    if (this.#callOffPause !== undefined) return
    const failures = this.#health.failures + 1
    this.#report({ condition: 'retrying', failure: wordsOf(error), failures })
    this.#callOffPause = this.#init.clock.after(this.#patience(error, failures), () => {
      this.#callOffPause = undefined
      this.#pump()
    })
  }

  /** Milliseconds until the next try. */
  #patience(error: unknown, failures: number): number {
    const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0
    return Math.min(asked, REREAD_MS) + backoff(RETRY, failures, this.#init.random)
  }

  #report(health: Health): void {
    const { failures, failure } = this.#health
    if (failures === health.failures && failure === health.failure) return
    this.#health = health
    this.#init.onFailures()
  }

  #done(wanted: Wanted, failure: string | undefined): void {
    wanted.waiting = false
    wanted.failures = 0
    this.#note(wanted, failure)
    this.#answered(wanted)
  }

  #answered(wanted: Wanted): void {
    wanted.isAnswered = true
    wanted.answered.resolve()
  }

  #note({ ref }: Wanted, failure: string | undefined): void {
    if (this.failures.get(ref) === failure) return
    if (failure === undefined) this.failures.delete(ref)
    else this.failures.set(ref, failure)
    this.#init.onFailures()
  }

  #tellGone(ref: Ref): void {
    if (!this.#known.forget(ref)) return
    try {
      this.#init.onChange({ upserts: [], removals: [ref] })
    } catch (error) {
      this.#known.doubt([ref])
      this.#init.onDefect(error)
    }
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
