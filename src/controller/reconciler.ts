/**
 * The loop around the pure translation: something changed → a short quiet → translate → send what differs. Two lanes:
 * most changes wait for quiet, since they come in groups; endpoints go out on the next turn, since a pod that leaves
 * must stop getting requests at once. There is never more than one update in flight; what arrives meanwhile is folded
 * into the next.
 */
import { backoff } from '../lib/backoff.ts'
import type { Clock } from '../lib/clock.ts'
import { type Debounced, debounce } from '../lib/debounce.ts'
import type { Random } from '../lib/random.ts'
import { diff, EMPTY_SNAPSHOT, type Publisher, type Snapshot, type Update } from '../model/snapshot.ts'
import type { Impact } from './store.ts'
import type { Feed } from './translate/view.ts'

const QUIET = { quietMs: 20, maxMs: 200 }
const NEXT_TURN = { quietMs: 0, maxMs: 0 }
const RETRY = { minMs: 100, maxMs: 5_000 }

/** What the loop goes around. */
export interface Translator {
  /** The whole desired state, from all there is. */
  translateAll(): Snapshot
  /** The same as last time, with the endpoints of these feeds computed anew. */
  translateEndpoints(feeds: ReadonlySet<Feed>): Snapshot
}

export interface ReconcilerInit {
  readonly clock: Clock
  readonly random: Random
  readonly publisher: Publisher
  readonly translator: Translator
  /** Told what every worker has now, after each translation that came that far. */
  readonly onApplied: (snapshot: Snapshot) => void
  /** Told when an update could not be applied; it is tried again. */
  readonly onPublishFailure: (error: unknown) => void
  /** Told when the translation threw, which is a defect of ours; what was published stays. */
  readonly onDefect: (error: unknown) => void
}

export class Reconciler {
  readonly #init: ReconcilerInit
  readonly #all: Debounced
  readonly #endpoints: Debounced
  readonly #feeds = new Set<Feed>()
  #changes = 0
  #revision = 0
  /** What the proxy has, as far as we know. */
  #published: Snapshot = EMPTY_SNAPSHOT
  #wanted: Snapshot = EMPTY_SNAPSHOT
  /** What was last reported as applied. */
  #told: Snapshot | undefined
  #inFlight = false
  #failures = 0
  #stopped = false
  readonly #first = Promise.withResolvers<void>()

  constructor(init: ReconcilerInit) {
    this.#init = init
    const { clock } = init
    this.#all = debounce(clock, QUIET, () => this.#turn(() => this.#translateAll()))
    this.#endpoints = debounce(clock, NEXT_TURN, () => this.#turn(() => this.#translateFeeds()))
  }

  /** Translates for the first time and publishes; resolves once the proxy has applied that. */
  start(): Promise<void> {
    this.#wanted = this.#init.translator.translateAll()
    this.#publish()
    return this.#first.promise
  }

  /** Changes that wait for their translation: of everything, and feeds of endpoints. */
  get waiting(): { readonly all: number; readonly endpoints: number } {
    return { all: this.#changes, endpoints: this.#feeds.size }
  }

  /** Something changed. */
  change({ all, feeds }: Impact): void {
    if (this.#stopped) return
    for (const feed of feeds) this.#feeds.add(feed)
    if (feeds.size > 0) this.#endpoints.poke()
    if (!all) return
    this.#changes++
    this.#all.poke()
  }

  /** Nothing is published any more; a `start` that still waits is let go. */
  stop(): void {
    this.#stopped = true
    this.#first.resolve()
    this.#all.cancel()
    this.#endpoints.cancel()
  }

  #translateAll(): Snapshot {
    this.#changes = 0
    return this.#init.translator.translateAll()
  }

  #translateFeeds(): Snapshot {
    const feeds = new Set(this.#feeds)
    this.#feeds.clear()
    return this.#init.translator.translateEndpoints(feeds)
  }

  #turn(translate: () => Snapshot): void {
    try {
      this.#wanted = translate()
    } catch (error) {
      this.#init.onDefect(error)
    }
    this.#publish()
  }

  #publish(): void {
    if (this.#inFlight || this.#stopped) return
    const wanted = this.#wanted
    const update = diff(this.#revision + 1, this.#published, wanted)
    if (update === undefined) return this.#tell(wanted)
    this.#revision = update.revision
    this.#inFlight = true
    this.#init.publisher.publish(update).then(
      () => this.#applied(wanted),
      (error: unknown) => this.#failed(error, update),
    )
  }

  #applied(snapshot: Snapshot): void {
    this.#published = snapshot
    this.#first.resolve()
    this.#inFlight = false
    this.#failures = 0
    if (this.#stopped) return
    this.#tell(snapshot)
    this.#publish()
  }

  #tell(applied: Snapshot): void {
    if (applied === this.#told) return
    this.#told = applied
    this.#init.onApplied(applied)
  }

  #failed(error: unknown, update: Update): void {
    const { clock, random, onPublishFailure } = this.#init
    if (this.#stopped) return
    onPublishFailure(error)
    this.#published = withDoubt(this.#published, update)
    clock.after(backoff(RETRY, ++this.#failures, random), () => {
      this.#inFlight = false
      this.#publish()
    })
  }
}

/** After a failure nobody knows what of an update arrived: all it named is sent again, as it is then wanted. */
function withDoubt(published: Snapshot, { upserts, removals }: Update): Snapshot {
  const doubtful = new Map(published)
  for (const key of [...upserts.map(([each]) => each), ...removals]) doubtful.set(key, '')
  return doubtful
}
