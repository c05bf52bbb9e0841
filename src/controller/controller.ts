/** Wires source, store, translation and reconciler: Kubernetes objects in, updates and problems out. */
import type { Clock } from '../lib/clock.ts'
import type { DnsLookup } from '../lib/dns.ts'
import type { Random } from '../lib/random.ts'
import { leavesOf } from '../lib/schema.ts'
import { type Problem, sameProblems } from '../model/problem.ts'
import type { RouteSpec } from '../model/route.ts'
import type { Publisher } from '../model/snapshot.ts'
import type { Explanation } from '../model/value.ts'
import type { CanaryPolicy } from './api/canary-policy.ts'
import type { EndpointSlice } from './api/kubernetes/endpoint-slice.ts'
import { isCanaryPolicy, type KubernetesObject } from './api/kubernetes/kinds.ts'
import type { Ref } from './api/kubernetes/metadata.ts'
import { isEnding } from './api/kubernetes/pod.ts'
import { subjectOf } from './api/kubernetes/subject.ts'
import { CONFIG_SPEC, type ConfigValues } from './api/sluice-config.ts'
import { CertificateExpiry } from './expiry.ts'
import { LiveTranslation } from './live-translation.ts'
import { LoopStats } from './loop-stats.ts'
import type { Applied, Lookup } from './observer.ts'
import type { AskResponder } from './ocsp/responder.ts'
import { Staples } from './ocsp/staples.ts'
import { Reconciler } from './reconciler.ts'
import { ExternalNames } from './source/external-name.ts'
import type { Source, SourceBatch } from './source/source.ts'
import { feedOf, Store } from './store.ts'
import { explain } from './translate/layers.ts'
import type { TranslateOptions } from './translate/options.ts'
import { tidy } from './translate/report.ts'
import type { ServedName } from './translate/server-names.ts'
import type { ServedChange, Translated, Translation } from './translate/translate.ts'
import type { Feed, RolloutFact } from './translate/view.ts'
import { Untold } from './untold.ts'

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
  /** Asks what becomes of certificates (OCSP). */
  readonly askResponder: AskResponder
}

const NO_NAMES: readonly ServedName[] = []
const NONE_SERVED: ServedChange = { came: new Map(), left: new Set(), isWhole: false }
/** Longest time that changes wait for Secrets that nobody referred to before: what is served now is better than 503. */
const MOST_WAIT_MS = 1_000

export class Controller {
  readonly #init: ControllerInit
  readonly stats: LoopStats
  readonly #store: Store
  readonly #live: LiveTranslation
  readonly #untold = new Untold()
  readonly #reconciler: Reconciler
  readonly #externalNames: ExternalNames
  readonly #expiry: CertificateExpiry
  readonly staples: Staples
  #sourceProblems: readonly Problem[] = []
  /** Of the last translation of any kind. */
  #problems: readonly Problem[] = []
  /** What was last said to be referred to, and whether there was an answer about all of it. */
  #wanted: ReadonlySet<Ref> | undefined
  #findings: readonly Problem[] = []
  /** Of all sources, as they were last looked at. */
  #seen: readonly (readonly Problem[])[] = []
  #reported: readonly Problem[] | undefined
  #synced = false
  /** Until when changes wait for Secrets; in the past where they waited long enough. */
  #waitsUntil: number | undefined

  constructor(init: ControllerInit) {
    this.#init = init
    this.#store = new Store(init.options.node)
    this.stats = new LoopStats(init.clock)
    this.#live = new LiveTranslation({ view: this.#store.view(), options: init.options })
    this.#expiry = new CertificateExpiry(init.clock, () => this.#report())
    this.#externalNames = new ExternalNames({
      ...init,
      found: (resolution) => this.#reconciler.change(this.#live.note(this.#store.resolve(resolution))),
    })
    this.staples = new Staples({
      ...init,
      found: (fact) => this.#reconciler.change(this.#live.note(this.#store.staple(fact))),
      changed: () => this.#report(),
    })
    this.#reconciler = new Reconciler({
      ...init,
      translator: {
        translateAll: () => this.#translateAll(),
        translateEndpoints: (feeds) => this.#translateEndpoints(feeds),
      },
      onApplied: (translated) => this.#tellApplied(translated),
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

  /** The slices of a Service, whether a route leads there or not. */
  readonly slices = (namespace: string, service: string): readonly EndpointSlice[] =>
    this.#store.view().slices(namespace, service)

  /** One object as it is now; none where it is an Ingress of somebody else that we cannot read. */
  readonly look: Lookup = (ref) => {
    const unreadable = this.#init.source.unreadable?.(ref)
    const className = unreadable?.className
    if (className !== undefined && this.#live.current?.isOurs(className) === false) return undefined
    const object = this.#store.object(ref)
    return unreadable ?? (object === undefined ? undefined : subjectOf(object))
  }

  /** Policies of canaries, as they were last translated. */
  get canaries(): readonly CanaryPolicy[] {
    return this.#live.current?.judged.filter(isCanaryPolicy) ?? []
  }

  /** From now on the canary of a policy has what its rollout says. */
  rollOut(fact: RolloutFact): void {
    this.#store.rollOut(fact)
    this.#reconciler.change({ all: true, feeds: new Set() })
  }

  /** Nobody looks after the rollout of this policy any more. */
  forgetRollout(policy: string): void {
    this.#store.forgetRollout(policy)
  }

  /** The values that hold for a route, each with its origin; empty while nothing was translated. */
  explainRoute(route: RouteSpec): Explanation {
    return this.#live.current?.explain(route) ?? {}
  }

  /** The same for the whole process. */
  explainConfig(): Explanation {
    const translation = this.#live.current
    return translation === undefined ? {} : explain(leavesOf(CONFIG_SPEC), translation.config)
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

  /** What traffic shows to be wrong with objects: all there is of it now. */
  observe(findings: readonly Problem[]): void {
    this.#findings = findings
    this.#report()
  }

  /** Ends watching and publishing. What was published stays. */
  stop(): void {
    this.#init.source.stop()
    this.#externalNames.stop()
    this.#expiry.stop()
    this.staples.stop()
    this.#reconciler.stop()
  }

  /** What is only read when asked for is there before the first translation that counts. */
  async #readAsked(): Promise<void> {
    const { source } = this.#init
    if (source.want === undefined) return
    this.#live.draft()
    await source.want(this.#live.references)
  }

  /** Before the source told everything once, nothing is translated: half a world would be published as the whole. */
  #take({ upserts, removals, problems }: SourceBatch): void {
    this.#sourceProblems = problems
    const before = this.#synced ? upserts.map(({ ref }) => this.#store.object(ref)) : []
    const impact = this.#live.note(this.#store.apply(upserts, removals))
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

  #translateAll(): Translated | undefined {
    const translation = this.stats.time('all', () => {
      this.#live.draft()
      return this.#waits(this.#live.references) ? undefined : this.#live.assemble()
    })
    if (translation === undefined) return undefined
    this.#store.keepResolutions(this.#live.dnsHosts)
    this.#externalNames.want(this.#live.dnsHosts)
    this.#expiry.watch(translation.servedNames)
    this.staples.want(translation.config.values['tls.ocspStapling'] ? translation.servedNames : NO_NAMES)
    this.#init.onConfig?.(translation.config.values)
    return this.#accept(translation, translation.served)
  }

  /** Asks for what is to be read, and says whether it is worth waiting for. */
  #waits(asked: ReadonlySet<Ref>): boolean {
    const { source, clock } = this.#init
    // Mostly they are those of the last time, of which all are there.
    if (asked === this.#wanted) return this.#waitNoMore()
    const again = () => {
      if (this.#waitsUntil !== undefined) this.#reconciler.change({ all: true, feeds: new Set() })
    }
    const read = source.want?.(asked)
    if (this.#live.current === undefined || source.hasRead?.(asked) !== false) {
      this.#wanted = asked
      return this.#waitNoMore()
    }
    void read?.then(again)
    if (this.#waitsUntil === undefined) {
      this.#waitsUntil = clock.now() + MOST_WAIT_MS
      clock.after(MOST_WAIT_MS, again)
    }
    return clock.now() < this.#waitsUntil
  }

  #waitNoMore(): false {
    this.#waitsUntil = undefined
    return false
  }

  #translateEndpoints(feeds: ReadonlySet<Feed>): Translated {
    const refreshed = this.stats.time('endpoints', () => this.#live.refresh(feeds))
    return this.#accept(refreshed, NONE_SERVED)
  }

  #accept({ translated, problems }: Pick<Translation, 'translated' | 'problems'>, ingresses: ServedChange): Translated {
    this.stats.lag.translated(translated)
    this.#untold.add(translated, { ingresses, owned: this.#live.current?.judged ?? [], problems })
    this.#problems = problems
    this.#report()
    return translated
  }

  #tellApplied(translated: Translated): void {
    this.stats.applied(translated)
    for (const applied of this.#untold.take(translated)) this.#init.onApplied?.(applied)
  }

  #report(): void {
    const lists = [this.#sourceProblems, this.#problems, this.#expiry.problems, this.staples.problems, this.#findings]
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
