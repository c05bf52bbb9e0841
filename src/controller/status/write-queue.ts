/**
 * Patches on their way to one kind of status: beside the loop, a few at a time and so many a second, the latest one
 * of each object alone. What is to be written is decided when its turn comes, so that nothing is written that is there
 * already. A refusal that the next object would get as well makes the whole queue wait.
 */
import { backoff } from '../../lib/backoff.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Counts } from '../../lib/counts.ts'
import type { Random } from '../../lib/random.ts'
import { TokenBucket } from '../../lib/token-bucket.ts'
import type { KubeClient } from '../source/kube/client.ts'
import { ApiError, isForeseen } from '../source/kube/errors.ts'
import type { KubeLog } from '../source/kube/kube.ts'
import { afterRefusal, MENDED_MS } from '../source/kube/verdict.ts'

const MOST_AT_ONCE = 4
const RATE = { burst: 100, perSecond: 50 }
const RETRY = { minMs: 500, maxMs: 30_000 }
/** More than that is no request of a server but a mistake. */
const MOST_RETRY_AFTER_MS = 300_000

/** One patch. */
export interface StatusPatch {
  readonly path: string
  /**
   * `merge`: of these fields (RFC 7396). `apply`: all that is ours of the object, and nothing else (server-side apply);
   * what we applied before and do not any more goes, unless somebody else wrote it since.
   */
  readonly kind: 'merge' | 'apply'
  readonly body: object
  /** Told what the object became. */
  readonly written?: (object: unknown) => void
}

export interface WriteQueueInit {
  readonly client: KubeClient
  readonly clock: Clock
  readonly random: Random
  readonly log: KubeLog
  /** Asked right before each write. */
  readonly mayWrite: () => boolean
  /** What is written, as RBAC spells it: `ingresses/status`. */
  readonly resource: string
  /** What the API server knows us by, among those who apply something to one object. */
  readonly manager: string
  /** By resource and result. */
  readonly counts: Counts
}

/** @returns nothing where there is nothing to write, or not any more. */
export type MakePatch = () => StatusPatch | undefined

export class WriteQueue {
  readonly #init: WriteQueueInit
  readonly #rate: TokenBucket
  /** What waits for its turn, by object, the oldest first. */
  readonly #waiting = new Map<string, MakePatch>()
  readonly #writing = new Set<string>()
  /** What was refused for a reason of its own, and waits for its next try. */
  readonly #postponed = new Map<string, { make: MakePatch; readonly callOff: () => void }>()
  #failures = 0
  /** Refusals for want of a right, in a row; pauses for that reason; and of each object. */
  #forbidden = 0
  #forbiddenPauses = 0
  readonly #refusalsOf = new Map<string, number>()
  /** Nothing is begun while this is set. */
  #callOffPause: (() => void) | undefined
  /** Such a pause, for a reason that concerns all. */
  #isFailing = false
  /** What went wrong last, as far as it was said: of which sort, and of which object in which words. */
  #said: string | undefined
  readonly #saidOf = new Map<string, string>()

  constructor(init: WriteQueueInit) {
    this.#init = init
    this.#rate = new TokenBucket(init.clock, RATE)
  }

  /** Writes that wait or are under way. */
  get length(): number {
    return this.#waiting.size + this.#writing.size + this.#postponed.size
  }

  /** Replaces what waits for the same object. */
  put(key: string, make: MakePatch): void {
    const postponed = this.#postponed.get(key)
    if (postponed !== undefined) {
      postponed.make = make
      return
    }
    this.#waiting.set(key, make)
    this.#pump()
  }

  /** Forgets what waits, and what was wrong. */
  clear(): void {
    this.#waiting.clear()
    for (const { callOff } of this.#postponed.values()) callOff()
    this.#postponed.clear()
    this.#saidOf.clear()
    this.#refusalsOf.clear()
    this.#resume()
    this.#failures = 0
    this.#forbidden = 0
    this.#forbiddenPauses = 0
  }

  #pump(): void {
    for (const [key, make] of this.#waiting) {
      if (this.#callOffPause !== undefined || this.#writing.size >= MOST_AT_ONCE) return
      if (!this.#init.mayWrite()) return this.clear()
      // Two writes of one object could overtake each other.
      if (this.#writing.has(key)) continue
      if (this.#rate.waitMs > 0) return this.#wait(this.#rate.waitMs)
      this.#waiting.delete(key)
      this.#begin(key, make)
    }
  }

  #begin(key: string, make: MakePatch): void {
    const patch = make()
    if (patch === undefined) return this.#forget(key)
    this.#rate.take()
    this.#writing.add(key)
    void this.#write(patch, key)
      .catch((error: unknown) => this.#failed(error, key, make))
      .finally(() => {
        this.#writing.delete(key)
        this.#pump()
      })
  }

  async #write({ path, kind, body, written }: StatusPatch, key: string): Promise<void> {
    const { client, counts, resource, manager: fieldManager } = this.#init
    const object = await client.patch(path, body, {
      kind,
      query: kind === 'apply' ? { fieldManager, force: true } : {},
    })
    counts.add(resource, 'written')
    this.#failures = 0
    this.#forbidden = 0
    this.#forbiddenPauses = 0
    this.#said = undefined
    this.#forget(key)
    written?.(object)
  }

  #failed(error: unknown, key: string, make: MakePatch): void {
    const { counts, resource, random } = this.#init
    const status = error instanceof ApiError ? error.status : 0
    counts.add(resource, RESULTS.get(status) ?? 'failed')
    if (status === 404) return this.#forget(key)
    this.#say(error, status, key)
    const own = status === 403 ? this.#afterRefusal(key) : OF_ONE_OBJECT.get(status)
    // What came meanwhile is newer.
    const latest = this.#waiting.get(key) ?? make
    this.#waiting.delete(key)
    if (own === undefined) this.#waiting.set(key, latest)
    else this.#postpone(own, key, latest)
    // Policies forbid a write here and there, missing rights all of them.
    const isForbidden = status === 403 && ++this.#forbidden >= MOST_AT_ONCE
    // Those that were under way together fail together.
    if (this.#isFailing || (own !== undefined && !isForbidden)) return
    const asked = error instanceof ApiError ? Math.min(error.retryAfterMs ?? 0, MOST_RETRY_AFTER_MS) : 0
    this.#callOffPause?.()
    this.#isFailing = true
    this.#wait(
      isForbidden ? afterRefusal(++this.#forbiddenPauses, random) : asked + backoff(RETRY, ++this.#failures, random),
    )
  }

  #afterRefusal(key: string): number {
    const refusals = (this.#refusalsOf.get(key) ?? 0) + 1
    this.#refusalsOf.set(key, refusals)
    return afterRefusal(refusals, this.#init.random)
  }

  #forget(key: string): void {
    this.#saidOf.delete(key)
    this.#refusalsOf.delete(key)
  }

  #postpone(ms: number, key: string, make: MakePatch): void {
    const callOff = this.#init.clock.after(ms, () => {
      const latest = this.#postponed.get(key)?.make ?? make
      this.#postponed.delete(key)
      this.put(key, latest)
    })
    this.#postponed.set(key, { make, callOff })
  }

  #wait(ms: number): void {
    this.#callOffPause = this.#init.clock.after(ms, () => {
      this.#resume()
      this.#pump()
    })
  }

  #resume(): void {
    this.#callOffPause?.()
    this.#callOffPause = undefined
    this.#isFailing = false
  }

  /** The same refusal has other words for every object; one that is refused for ever is told of once. */
  #say(error: unknown, status: number, key: string): void {
    const { log, resource } = this.#init
    if (!isForeseen(error)) return log.error({ err: error, resource }, 'a status could not be written')
    const sort = status === 0 ? error.name : String(status)
    // Somebody else wrote at the same moment: nothing to tell.
    if (status === 409 || this.#said === sort || this.#saidOf.get(key) === error.message) return
    this.#said = sort
    this.#saidOf.set(key, error.message)
    log.warn({ resource, reason: error.message }, 'a status could not be written')
  }
}

/** Refusals that say nothing of the next object, and how long until the same one is tried again. */
const OF_ONE_OBJECT: ReadonlyMap<number, number> = new Map([
  [400, MENDED_MS],
  [409, RETRY.minMs],
  [422, MENDED_MS],
])

/** What is counted, by HTTP status; everything else has `failed`. */
const RESULTS: ReadonlyMap<number, string> = new Map([
  [403, 'forbidden'],
  [404, 'gone'],
  [409, 'conflict'],
  [429, 'throttled'],
])
