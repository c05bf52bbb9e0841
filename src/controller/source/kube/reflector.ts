/**
 * Follows all objects of one kind: a list, then a watch from that point in time, for ever. Whatever goes wrong, what
 * was told before stays, until the server says in so many words that it changed: a list that comes later is compared
 * with what was told, so objects that vanished meanwhile are removed one by one, and nothing is ever "all gone".
 */
import { backoff } from '../../../lib/backoff.ts'
import type { Clock } from '../../../lib/clock.ts'
import type { Random } from '../../../lib/random.ts'
import type { Ref } from '../../api/kubernetes/metadata.ts'
import type { KubeClient } from './client.ts'
import { isUnknownKind } from './discovery.ts'
import { ApiError, isForeseen, Unreachable } from './errors.ts'
import { readEvent } from './events.ts'
import { type Change, identify, Known, type Seen } from './known.ts'
import { listAll } from './list.ts'
import { type ResourceRow, resourcePath } from './resources.ts'
import { type Condition, judge, MENDED_MS, RETRY, type Verdict } from './verdict.ts'

/** The server sends a bookmark about once a minute: after two and a half of silence nobody is there. */
const SILENCE_MS = 150_000
/** A watch that lasted this long was no failure, however it ended. */
const LASTED_MS = 1_000
/** Seconds that we ask a watch to last, from these up to twice as many: so that they do not all end together. */
const WATCH_SECONDS = 300

export interface Health {
  readonly condition: Condition
  /** Why it is not `live`; for people. */
  readonly failure?: string
  /** Failures in a row. */
  readonly failures: number
}

export interface ReflectorInit {
  readonly row: ResourceRow
  /** Just this one; all of them where there is none. */
  readonly namespace?: string
  readonly client: KubeClient
  readonly clock: Clock
  readonly random: Random
  /** Told together: what one list or one read of the connection brought. */
  readonly onChange: (change: Change) => void
  readonly onHealth: (health: Health) => void
  /** Told what `onChange` threw, or what we did not foresee. The objects concerned are told anew. */
  readonly onDefect: (error: unknown) => void
}

export class Reflector {
  readonly #init: ReflectorInit
  readonly #path: string
  readonly #known = new Known()
  readonly #end = new AbortController()
  readonly #synced = Promise.withResolvers<void>()
  /** Where a watch goes on; `undefined` where a list has to come first. */
  #resourceVersion: string | undefined
  #failures = 0
  #health: Health = { condition: 'starting', failures: 0 }
  /** When the server last said something, on the clock's time. */
  #heardAt: number | undefined
  /** Lists that were read to their end, and watches that the server accepted. */
  lists = 0
  watches = 0

  constructor(init: ReflectorInit) {
    this.#init = init
    this.#path = resourcePath(init.row, init.namespace)
  }

  get health(): Health {
    return this.#health
  }

  /** Objects that were told. */
  get size(): number {
    return this.#known.size
  }

  /** Milliseconds since the server last said something about this kind; `undefined` before it ever did. */
  get age(): number | undefined {
    return this.#heardAt === undefined ? undefined : this.#init.clock.now() - this.#heardAt
  }

  /** Begins. Resolves once all that exists was told, or as much of it as may be read. */
  start(): Promise<void> {
    void this.#run()
    return this.#synced.promise
  }

  /** Nothing is told after this. */
  stop(): void {
    this.#end.abort(new Unreachable('stopped'))
  }

  get #stopped(): boolean {
    return this.#end.signal.aborted
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const startedAt = this.#init.clock.now()
      let waitMs: number
      try {
        this.#resourceVersion ??= await this.#list()
        await this.#watch(this.#resourceVersion)
        if (this.#lasted(startedAt)) this.#failures = 0
        waitMs = backoff(RETRY, ++this.#failures, this.#init.random)
      } catch (error) {
        if (error instanceof Unreachable && this.#health.condition === 'live' && this.#lasted(startedAt))
          this.#failures = 0
        waitMs = await this.#recover(error)
      }
      await this.#sleep(waitMs)
    }
  }

  #lasted(since: number): boolean {
    return this.#init.clock.now() - since >= LASTED_MS
  }

  async #list(): Promise<string> {
    const { client, row } = this.#init
    const listing = await listAll(client, {
      path: this.#path,
      fieldSelector: row.fieldSelector,
      read: (item) => this.#seeIfNew(item),
    })
    if (this.#stopped) throw this.#end.signal.reason
    const removals = this.#known.missing(new Set(listing.items.map(({ ref }) => ref)))
    this.#tell({ upserts: listing.items.flatMap(({ seen }) => seen ?? []), removals })
    this.lists++
    this.#heard()
    this.#synced.resolve()
    return listing.resourceVersion
  }

  /** What is the same as before is not kept while the list goes on. */
  #seeIfNew(item: unknown): { readonly ref: Ref; readonly seen: Seen | undefined } {
    const { ref, version, raw } = identify(this.#init.row.kind, item)
    const isNew = this.#known.isNew({ ref, version })
    return { ref, seen: isNew ? { ref, version, object: this.#init.row.trim(raw) } : undefined }
  }

  #watch(resourceVersion: string): Promise<void> {
    const { client, random, row } = this.#init
    return client.watch({
      path: this.#path,
      query: {
        resourceVersion,
        allowWatchBookmarks: true,
        fieldSelector: row.fieldSelector,
        timeoutSeconds: Math.round(WATCH_SECONDS * (1 + random())),
      },
      silenceMs: SILENCE_MS,
      signal: this.#end.signal,
      onOpen: () => {
        this.watches++
        this.#heard()
      },
      onEvents: (events) => this.#take(events),
    })
  }

  /** What came before an event that ends the watch still counts. */
  #take(events: readonly unknown[]): void {
    if (this.#stopped) return
    const latest = new Map<Ref, Seen | undefined>()
    let resourceVersion = this.#resourceVersion
    let failure: unknown
    try {
      for (const event of events) resourceVersion = this.#read(event, latest)
    } catch (error) {
      failure = error
    }
    const upserts = [...latest.values()].filter((seen) => seen !== undefined)
    const removals = [...latest].flatMap(([ref, seen]) => (seen === undefined ? [ref] : []))
    this.#tell({ upserts, removals })
    // The same again is no progress: a watch that always breaks behind it would be taken up there for ever.
    if (resourceVersion !== this.#resourceVersion) this.#failures = 0
    this.#resourceVersion = resourceVersion
    if (failure !== undefined) throw failure
    this.#heard()
  }

  /** @returns the point in time after the event. */
  #read(raw: unknown, latest: Map<Ref, Seen | undefined>): string {
    const event = readEvent(this.#init.row.kind, raw)
    if (event.type === 'bookmark') return event.version
    const { ref, version } = event
    if (event.type === 'gone') latest.set(ref, undefined)
    else if (this.#known.isNew(event)) latest.set(ref, { ref, version, object: this.#init.row.trim(event.raw) })
    else latest.delete(ref)
    return version
  }

  #tell(seen: Change): void {
    const upserts = seen.upserts.filter((each) => this.#known.note(each))
    const removals = seen.removals.filter((ref) => this.#known.forget(ref))
    if (upserts.length + removals.length === 0) return
    try {
      this.#init.onChange({ upserts, removals })
    } catch (error) {
      this.#known.doubt([...upserts.map(({ ref }) => ref), ...removals])
      throw error
    }
  }

  #heard(): void {
    this.#heardAt = this.#init.clock.now()
    this.#report({ condition: 'live', failures: this.#failures })
  }

  /** @returns milliseconds to wait before the next try. */
  async #recover(error: unknown): Promise<number> {
    if (this.#stopped) return 0
    if (!isForeseen(error)) this.#init.onDefect(error)
    const { condition, resume, waitMs } = await this.#judge(error)
    if (this.#stopped) return 0
    if (!resume) this.#resourceVersion = undefined
    if (condition === 'unknown-kind') this.#empty()
    if (condition === 'forbidden' && !this.#init.row.essential) this.#synced.resolve()
    const failure = error instanceof Error ? error.message : String(error)
    this.#report({ condition, failure, failures: this.#failures })
    return waitMs
  }

  async #judge(error: unknown): Promise<Verdict> {
    const { client, row, random } = this.#init
    const failures = ++this.#failures
    if (!(error instanceof ApiError) || error.status !== 404) return judge(error, failures, random)
    const unknown = await isUnknownKind(client, row).catch(() => false)
    if (unknown) return { condition: 'unknown-kind', resume: false, waitMs: MENDED_MS }
    return { ...judge(error, failures, random), resume: false }
  }

  /** A cluster that does not know the kind has no object of it. */
  #empty(): void {
    try {
      this.#tell({ upserts: [], removals: this.#known.missing(new Set()) })
    } catch (error) {
      this.#init.onDefect(error)
    }
    this.#heardAt = this.#init.clock.now()
    this.#synced.resolve()
  }

  #report(health: Health): void {
    const before = this.#health
    this.#health = health
    const isSame = before.condition === health.condition && before.failure === health.failure
    if (!isSame || before.failures !== health.failures) this.#init.onHealth(health)
  }

  #sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    if (this.#stopped) return Promise.resolve()
    const callOff = this.#init.clock.after(ms, resolve)
    const wake = () => {
      callOff()
      resolve()
    }
    this.#end.signal.addEventListener('abort', wake, { once: true })
    return promise.finally(() => this.#end.signal.removeEventListener('abort', wake))
  }
}
