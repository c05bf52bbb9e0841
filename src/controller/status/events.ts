/**
 * Problems told as Events on the objects that hold them. Each is told once, and again (as a series) after a long
 * while as long as it lasts, so that its Event does not go away before it. There is a budget for all, and turns among
 * namespaces: one that is full of mistakes does not keep the others from hearing of theirs. What the budget does not
 * allow waits.
 */
import { backoff } from '../../lib/backoff.ts'
import { Counts } from '../../lib/counts.ts'
import type { Random } from '../../lib/random.ts'
import { TokenBucket } from '../../lib/token-bucket.ts'
import type { Problem } from '../../model/problem.ts'
import { refOf } from '../api/kubernetes/metadata.ts'
import type { Lookup } from '../observer.ts'
import { ApiError, isForeseen } from '../source/kube/errors.ts'
import type { KubeLog } from '../source/kube/kube.ts'
import { eventNamespace, type Incident, isTold } from './event-body.ts'
import { EventWriter, type EventWriterInit } from './event-writer.ts'
import { apiKind } from './rows.ts'
import { Turns } from './turns.ts'

/** Fifty at once, then ten a minute. */
const BUDGET = { burst: 50, perSecond: 10 / 60 }
/**
 * How long a problem lasts before it is worth an Event: an Ingress often comes before its Service, and a Secret that is
 * read by name is read once something refers to it.
 */
const SETTLED_MS = 3_000
/** Most of one object at a time: whoever mends these hears of the next ones. */
const MOST_OF_ONE = 10
/** Servers keep an Event for an hour after it was last written, as they come. */
const REPEAT_MS = 30 * 60_000
/** Until one is tried again that was refused. */
const REFUSED_MS = 5 * 60_000
const LOOK_MS = 60_000
const RETRY = { minMs: 1_000, maxMs: 60_000 }

export interface EventsInit extends EventWriterInit {
  readonly random: Random
  readonly log: KubeLog
  readonly look: Lookup
  readonly isWriter: () => boolean
}

interface Entry {
  readonly incident: Incident
  /** How often it was told. */
  count: number
  /** When it is told next, on the clock's time; `undefined` while it waits for its turn. */
  dueAt: number | undefined
}

export class Events {
  readonly #init: EventsInit
  readonly #writer: EventWriter
  readonly #budget: TokenBucket
  #problems: readonly Problem[] = []
  readonly #entries = new Map<string, Entry>()
  readonly #fresh = new Turns<Entry>()
  readonly #repeated = new Turns<Entry>()
  #isTelling = false
  #callOffPause: (() => void) | undefined
  #callOffSettling: (() => void) | undefined
  #failures = 0
  #said: string | undefined
  readonly #callOffLook: () => void
  /** By result: `told`, `repeated`, `failed`, and `suppressed` for problems that went before the budget allowed them. */
  readonly counts = new Counts()

  constructor(init: EventsInit) {
    this.#init = init
    this.#writer = new EventWriter(init)
    this.#budget = new TokenBucket(init.clock, BUDGET)
    this.#callOffLook = init.clock.every(LOOK_MS, () => this.#look())
  }

  /** Problems that wait for their first Event. */
  get waiting(): number {
    return this.#fresh.size
  }

  /** @param problems all there are. */
  update(problems: readonly Problem[]): void {
    this.#problems = problems
    this.refresh()
  }

  /** It may have become our turn to tell them, or be ours no longer. */
  refresh(): void {
    if (!this.#init.isWriter()) return this.#clear()
    const now = this.#incidents()
    for (const [key, entry] of this.#entries) if (!now.has(key)) this.#forget(key, entry)
    const dueAt = this.#init.clock.now() + SETTLED_MS
    for (const [key, incident] of now) {
      if (!this.#entries.has(key)) this.#entries.set(key, { incident, count: 0, dueAt })
    }
    this.#lookSoon()
    this.#pump()
  }

  stop(): void {
    this.#callOffLook()
    this.#clear()
  }

  /** All that are to be told, by their keys. */
  #incidents(): ReadonlyMap<string, Incident> {
    const ofObject = new Map<string, number>()
    const isAmongFirst = ({ uid }: Incident) => {
      const count = (ofObject.get(uid) ?? 0) + 1
      ofObject.set(uid, count)
      return count <= MOST_OF_ONE
    }
    const all = this.#problems.flatMap((problem) => this.#incident(problem))
    return new Map(all.filter(([, incident]) => isAmongFirst(incident)))
  }

  /** With its key; none for what is no problem, or of no object that exists. */
  #incident(problem: Problem): readonly (readonly [string, Incident])[] {
    const { at, severity, reason, message } = problem
    const regarding = isTold(problem) ? apiKind(at.kind) : undefined
    const uid = this.#init.look(refOf(at.kind, at.namespace, at.name))?.uid
    if (regarding === undefined || uid === undefined) return []
    return [[JSON.stringify([uid, at.field, severity, reason, message]), { problem, regarding, uid }]]
  }

  #forget(key: string, entry: Entry): void {
    this.#entries.delete(key)
    const namespace = eventNamespace(entry.incident)
    this.#fresh.delete(namespace, entry)
    this.#repeated.delete(namespace, entry)
    if (entry.count === 0 && entry.dueAt === undefined) this.counts.add('suppressed')
  }

  #clear(): void {
    this.#callOffSettling?.()
    this.#callOffSettling = undefined
    this.#entries.clear()
    this.#fresh.clear()
    this.#repeated.clear()
  }

  /** Looks once what is new has lasted. */
  #lookSoon(): void {
    const { clock } = this.#init
    this.#callOffSettling ??= clock.after(SETTLED_MS, () => {
      this.#callOffSettling = undefined
      this.#look()
      const soon = clock.now() + SETTLED_MS
      const isSettling = ({ count, dueAt }: Entry) => count === 0 && dueAt !== undefined && dueAt <= soon
      if (this.#entries.values().some(isSettling)) this.#lookSoon()
    })
  }

  /** Problems that last are told, and told again. */
  #look(): void {
    const now = this.#init.clock.now()
    for (const entry of this.#entries.values()) {
      if (entry.dueAt !== undefined && entry.dueAt <= now) this.#await(entry)
    }
    this.#pump()
  }

  #await(entry: Entry): void {
    entry.dueAt = undefined
    const turns = entry.count === 0 ? this.#fresh : this.#repeated
    turns.add(eventNamespace(entry.incident), entry)
  }

  #pump(): void {
    if (this.#isTelling || this.#callOffPause !== undefined || !this.#init.isWriter()) return
    if (this.#fresh.size + this.#repeated.size === 0) return
    if (!this.#budget.take()) return this.#pause(this.#budget.waitMs)
    const entry = this.#fresh.next() ?? this.#repeated.next()
    if (entry === undefined) return
    this.#isTelling = true
    void this.#tell(entry)
      .catch((error: unknown) => this.#failed(error, entry))
      .finally(() => {
        this.#isTelling = false
        this.#pump()
      })
  }

  async #tell(entry: Entry): Promise<void> {
    const before = entry.count
    entry.count = await this.#writer.tell(entry.incident, before)
    entry.dueAt = this.#init.clock.now() + REPEAT_MS
    this.counts.add(before === 0 ? 'told' : 'repeated')
    this.#failures = 0
    this.#said = undefined
  }

  #failed(error: unknown, entry: Entry): void {
    const { random } = this.#init
    this.counts.add('failed')
    this.#say(error)
    const status = error instanceof ApiError ? error.status : 0
    // The server will not have this one; of the next it says nothing.
    if ([400, 403, 404, 422].includes(status)) {
      entry.dueAt = this.#init.clock.now() + REFUSED_MS
      return
    }
    if (this.#entries.values().some((each) => each === entry)) this.#await(entry)
    const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0
    this.#pause(Math.min(asked, REPEAT_MS) + backoff(RETRY, ++this.#failures, random))
  }

  #pause(ms: number): void {
    this.#callOffPause = this.#init.clock.after(ms, () => {
      this.#callOffPause = undefined
      this.#pump()
    })
  }

  #say(error: unknown): void {
    const { log } = this.#init
    if (!isForeseen(error)) return log.error({ err: error }, 'an Event could not be written')
    // The same refusal has other words in every namespace.
    const sort = error instanceof ApiError ? String(error.status) : error.name
    if (isGoing(error) || this.#said === sort) return
    this.#said = sort
    log.warn({ reason: error.message }, 'an Event could not be written')
  }
}

/** Nothing can be written to a namespace that is being deleted. */
function isGoing(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 404 || error.causes.includes('NamespaceTerminating'))
}
