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
import type { Publisher, Update } from '../model/snapshot.ts'
import { Desired } from './desired.ts'
import type { Impact } from './translate/memory.ts'
import type { Translated } from './translate/translate.ts'
import type { Feed } from './translate/view.ts'

const QUIET = { quietMs: 20, maxMs: 200 }
const NEXT_TURN = { quietMs: 0, maxMs: 0 }
/**
 * After a translation of everything there is none for so many times as long as it took. Nearly all take no time; but where
 * policies of a large cluster change all the time, the loop would otherwise keep a core for itself that traffic needs.
 */
const REST = 2
const RETRY = { minMs: 100, maxMs: 5_000 }

/** What the loop goes around: each translation gives what differs from the one before. */
export interface Translator {
  /** Of everything; `undefined` where it has to wait, and what was stays. */
  translateAll(): Translated | undefined
  /** Of the endpoints of these feeds; all else is as it was last time. */
  translateEndpoints(feeds: ReadonlySet<Feed>): Translated
}

export interface ReconcilerInit {
  readonly clock: Clock
  readonly random: Random
  readonly publisher: Publisher
  readonly translator: Translator
  /** Told the last translation, of either kind, that every worker has now, and all before it. */
  readonly onApplied: (translated: Translated) => void
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
  readonly #desired = new Desired()
  /** The last translation of any kind, and the last one that was reported as applied. */
  #translated: Translated = { upserts: [], removals: [], isWhole: false }
  #told: Translated | undefined
  #restUntil = 0
  #callOffRest: (() => void) | undefined
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
    this.#translateAll()
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
    const restMs = this.#restUntil - this.#init.clock.now()
    if (restMs <= 0) return this.#all.poke()
    this.#callOffRest ??= this.#init.clock.after(restMs, () => {
      this.#callOffRest = undefined
      this.#all.poke()
    })
  }

  /** Nothing is published any more; a `start` that still waits is let go. */
  stop(): void {
    this.#stopped = true
    this.#first.resolve()
    this.#callOffRest?.()
    this.#all.cancel()
    this.#endpoints.cancel()
  }

  #translateAll(): void {
    const { clock, translator } = this.#init
    const from = clock.now()
    this.#changes = 0
    const translated = translator.translateAll()
    this.#restUntil = clock.now() + REST * (clock.now() - from)
    if (translated === undefined) return
    this.#translated = translated
    if (translated.isWhole) this.#desired.replace(new Map(translated.upserts))
    else this.#desired.change(translated)
  }

  #translateFeeds(): void {
    const feeds = new Set(this.#feeds)
    this.#feeds.clear()
    this.#translated = this.#init.translator.translateEndpoints(feeds)
    this.#desired.change(this.#translated)
  }

  #turn(translate: () => void): void {
    try {
      translate()
    } catch (error) {
      this.#init.onDefect(error)
    }
    this.#publish()
  }

  #publish(): void {
    if (this.#inFlight || this.#stopped) return
    const translated = this.#translated
    const update = this.#desired.next()
    if (update === undefined) return this.#tell(translated)
    this.#inFlight = true
    this.#init.publisher.publish(update).then(
      () => this.#applied(update, translated),
      (error: unknown) => this.#failed(error, update),
    )
  }

  #applied(update: Update, translated: Translated): void {
    this.#desired.applied(update)
    this.#first.resolve()
    this.#inFlight = false
    this.#failures = 0
    if (this.#stopped) return
    this.#tell(translated)
    this.#publish()
  }

  #tell(applied: Translated): void {
    if (applied === this.#told) return
    this.#told = applied
    this.#init.onApplied(applied)
  }

  #failed(error: unknown, update: Update): void {
    const { clock, random, onPublishFailure } = this.#init
    if (this.#stopped) return
    onPublishFailure(error)
    this.#desired.doubtful(update)
    clock.after(backoff(RETRY, ++this.#failures, random), () => {
      this.#inFlight = false
      this.#publish()
    })
  }
}
