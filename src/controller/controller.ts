/** Wires source, store, translation and reconciler: Kubernetes objects in, updates and problems out. */
import type { Clock } from '../lib/clock.ts'
import type { DnsLookup } from '../lib/dns.ts'
import type { Random } from '../lib/random.ts'
import { leavesOf } from '../lib/schema.ts'
import { type Problem, sameProblems } from '../model/problem.ts'
import type { RouteSpec } from '../model/route.ts'
import { EMPTY_SNAPSHOT, type Publisher, type Snapshot } from '../model/snapshot.ts'
import type { Explanation } from '../model/value.ts'
import type { KubernetesObject } from './api/kubernetes/kinds.ts'
import type { Ref } from './api/kubernetes/metadata.ts'
import { isEnding } from './api/kubernetes/pod.ts'
import { subjectOf } from './api/kubernetes/subject.ts'
import { CONFIG_SPEC, type ConfigValues } from './api/sluice-config.ts'
import { CertificateExpiry } from './expiry.ts'
import { LiveTranslation } from './live-translation.ts'
import { LoopStats } from './loop-stats.ts'
import type { Applied, Lookup } from './observer.ts'
import { Reconciler } from './reconciler.ts'
import { ExternalNames } from './source/external-name.ts'
import type { Source, SourceBatch } from './source/source.ts'
import { feedOf, Store } from './store.ts'
import { explain } from './translate/layers.ts'
import { Memory } from './translate/memory.ts'
import type { TranslateOptions } from './translate/options.ts'
import { tidy } from './translate/report.ts'
import type { ServedName } from './translate/server-names.ts'
import { type Translation, translate } from './translate/translate.ts'
import type { Feed } from './translate/view.ts'

/** The part of a log that the controller needs. */
export interface ControllerLog {
  error(fields: object, message: string): void
}

export interface ControllerInit {
  readonly source: Source
  readonly clock: Clock
  readonly random: Random
  readonly publisher: Publisher
  readonly options: TranslateOptions
  /** Told all current problems, in a fixed order, whenever they change; first before `start` resolves. */
  readonly onProblems: (problems: readonly Problem[]) => void
  /** Told what every worker has by now. */
  readonly onApplied?: (applied: Applied) => void
  /** Told what holds for the whole process, after each translation of everything. */
  readonly onConfig?: (values: ConfigValues) => void
  readonly log: ControllerLog
  /** Finds the addresses of ExternalName Services. */
  readonly lookup: DnsLookup
}

/** Longest time that changes wait for Secrets that nobody referred to before: what is served now is better than 503. */
const MOST_WAIT_MS = 1_000

export class Controller {
  readonly #init: ControllerInit
  readonly stats: LoopStats
  readonly #store: Store
  readonly #memory = new Memory()
  readonly #reconciler: Reconciler
  readonly #externalNames: ExternalNames
  readonly #expiry: CertificateExpiry
  readonly #applied = new WeakMap<Snapshot, Applied>()
  #translation: LiveTranslation | undefined
  /** What holds, and why. */
  #holding: Pick<Translation, 'config' | 'policies' | 'isOurs'> | undefined
  #sourceProblems: readonly Problem[] = []
  /** Of both, as they were last looked at. */
  #seen: readonly (readonly Problem[])[] = []
  #reported: readonly Problem[] | undefined
  #synced = false
  /** Until when changes wait for Secrets; in the past where they waited long enough. */
  #waitsUntil: number | undefined

  constructor(init: ControllerInit) {
    this.#init = init
    this.#store = new Store(init.options.node)
    this.stats = new LoopStats(init.clock)
    this.#expiry = new CertificateExpiry(init.clock, () => this.#report())
    this.#externalNames = new ExternalNames({
      ...init,
      found: (resolution) => this.#reconciler.change(this.#store.resolve(resolution)),
    })
    this.#reconciler = new Reconciler({
      ...init,
      translator: {
        translateAll: () => this.#translateAll(),
        translateEndpoints: (feeds) => this.#translateEndpoints(feeds),
      },
      onApplied: (snapshot) => this.#tellApplied(snapshot),
      onPublishFailure: (error) => {
        this.stats.publishFailures++
        init.log.error({ err: error }, 'an update was not applied; it is tried again')
      },
      onDefect: (error) => init.log.error({ err: error }, 'the translation failed; what was published stays'),
    })
  }

  /** Hosts with certificates of their own. */
  get servedNames(): readonly ServedName[] {
    return this.#expiry.names
  }

  /** Changes that wait for their translation. */
  get waiting(): { readonly all: number; readonly endpoints: number } {
    return this.#reconciler.waiting
  }

  /** One object as it is now; none where it is an Ingress of somebody else that we cannot read. */
  readonly look: Lookup = (ref) => {
    const unreadable = this.#init.source.unreadable?.(ref)
    const className = unreadable?.className
    if (className !== undefined && this.#holding?.isOurs(className) === false) return undefined
    const object = this.#store.object(ref)
    return unreadable ?? (object === undefined ? undefined : subjectOf(object))
  }

  /** The values that hold for a route, each with its origin; empty while nothing was translated. */
  explainRoute(route: RouteSpec): Explanation {
    return this.#holding?.policies.explain(route) ?? {}
  }

  /** The same for the whole process. */
  explainConfig(): Explanation {
    return this.#holding === undefined ? {} : explain(leavesOf(CONFIG_SPEC), this.#holding.config)
  }

  /**
   * Resolves when the first snapshot was published and applied.
   * @throws Error where the source has nothing to read from.
   */
  async start(): Promise<void> {
    await this.#init.source.start((batch) => this.#take(batch))
    await this.#readAsked()
    this.#synced = true
    await this.#reconciler.start()
  }

  /** Ends watching and publishing. What was published stays. */
  stop(): void {
    this.#init.source.stop()
    this.#externalNames.stop()
    this.#expiry.stop()
    this.#reconciler.stop()
  }

  /** What is only read when asked for is there before the first translation that counts. */
  async #readAsked(): Promise<void> {
    const { source, options } = this.#init
    if (source.want === undefined) return
    const view = this.#store.view()
    translate(view, options, this.#memory)
    await source.want(view.asked)
  }

  /** Before the source told everything once, nothing is translated: half a world would be published as the whole. */
  #take({ upserts, removals, problems }: SourceBatch): void {
    this.#sourceProblems = problems
    const before = this.#synced ? upserts.map(({ ref }) => this.#store.object(ref)) : []
    const impact = this.#store.apply(upserts, removals)
    // Whoever waits for the start has to know what for.
    if (!this.#synced) return problems.length === 0 ? undefined : this.#report()
    for (const [i, { object }] of upserts.entries()) {
      const isNews =
        object.kind === 'EndpointSlice' ? impact.feeds.has(feedOf(object)) : wasToldToEnd(object, before[i])
      if (isNews && impact.feeds.size > 0) this.stats.lag.changed(object, before[i])
    }
    this.#reconciler.change(impact)
    this.#report()
  }

  #translateAll(): Snapshot | undefined {
    const view = this.#store.view()
    const translation = this.stats.time('all', () => translate(view, this.#init.options, this.#memory))
    if (this.#waits(view.asked)) return undefined
    this.#store.remember(view)
    this.#store.keepResolutions(view.hosts)
    this.#externalNames.want(view.hosts)
    this.#translation = new LiveTranslation(translation)
    this.#holding = translation
    this.#expiry.watch(translation.servedNames)
    this.#init.onConfig?.(translation.config.values)
    return this.#accept(translation.snapshot, this.#translation)
  }

  /** Asks for what is to be read, and says whether it is worth waiting for. */
  #waits(asked: ReadonlySet<Ref>): boolean {
    const { source, clock } = this.#init
    const again = () => {
      if (this.#waitsUntil !== undefined) this.#reconciler.change({ all: true, feeds: new Set() })
    }
    const read = source.want?.(asked)
    if (this.#translation === undefined || source.hasRead?.(asked) !== false) {
      this.#waitsUntil = undefined
      return false
    }
    void read?.then(again)
    if (this.#waitsUntil === undefined) {
      this.#waitsUntil = clock.now() + MOST_WAIT_MS
      clock.after(MOST_WAIT_MS, again)
    }
    return clock.now() < this.#waitsUntil
  }

  #translateEndpoints(feeds: ReadonlySet<Feed>): Snapshot {
    const translation = this.#translation
    if (translation === undefined) return EMPTY_SNAPSHOT
    const inputs = { view: this.#store.view(), options: this.#init.options }
    const endpoints = this.stats.time('endpoints', () => translation.refresh(feeds, inputs))
    return this.#accept(endpoints, translation)
  }

  /** @param snapshot all of a new state, or what of it is new. */
  #accept(snapshot: Snapshot, { ingresses, problems }: LiveTranslation): Snapshot {
    this.stats.lag.translated(snapshot)
    this.#applied.set(snapshot, { ingresses, owned: this.#holding?.policies.judged ?? [], problems })
    this.#report()
    return snapshot
  }

  #tellApplied(snapshot: Snapshot): void {
    this.stats.applied(snapshot)
    const applied = this.#applied.get(snapshot)
    if (applied !== undefined) this.#init.onApplied?.(applied)
  }

  #report(): void {
    const lists = [this.#sourceProblems, this.#translation?.problems ?? [], this.#expiry.problems]
    if (lists.every((list, i) => list === this.#seen[i])) return
    this.#seen = lists
    const problems = tidy(lists.flat())
    if (this.#reported !== undefined && sameProblems(problems, this.#reported)) return
    this.#reported = problems
    this.#init.onProblems(problems)
  }
}

/** Whether a Pod was told to end just now. */
function wasToldToEnd(after: KubernetesObject, before: KubernetesObject | undefined): boolean {
  return after.kind === 'Pod' && before?.kind === 'Pod' && isEnding(after) && !isEnding(before)
}
