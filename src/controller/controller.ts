/** Wires source, store, translation and reconciler: Kubernetes objects in, updates and problems out. */
import type { Clock } from '../lib/clock.ts'
import type { DnsLookup } from '../lib/dns.ts'
import type { Random } from '../lib/random.ts'
import type { Problem } from '../model/problem.ts'
import type { Publisher, Snapshot } from '../model/snapshot.ts'
import { Reconciler } from './reconciler.ts'
import { ExternalNames } from './source/external-name.ts'
import type { Source, SourceBatch } from './source/source.ts'
import { Store } from './store.ts'
import type { TranslateOptions } from './translate/options.ts'
import { tidy } from './translate/report.ts'
import { refreshEndpoints, type Translation, translate } from './translate/translate.ts'
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
  readonly log: ControllerLog
  /** Finds the addresses of ExternalName Services. */
  readonly lookup: DnsLookup
}

export class Controller {
  readonly #init: ControllerInit
  readonly #store = new Store()
  readonly #reconciler: Reconciler
  readonly #externalNames: ExternalNames
  #translation: Translation | undefined
  #sourceProblems: readonly Problem[] = []
  #reported: string | undefined
  #synced = false

  constructor(init: ControllerInit) {
    this.#init = init
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
      onPublishFailure: (error) => init.log.error({ err: error }, 'an update was not applied; it is tried again'),
      onDefect: (error) => init.log.error({ err: error }, 'the translation failed; what was published stays'),
    })
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
    this.#reconciler.stop()
  }

  /** What is only read when asked for is there before the first translation that counts. */
  async #readAsked(): Promise<void> {
    const { source, options } = this.#init
    if (source.want === undefined) return
    const view = this.#store.view()
    translate(view, options)
    await source.want(view.asked)
  }

  /** Before the source told everything once, nothing is translated: half a world would be published as the whole. */
  #take({ upserts, removals, problems }: SourceBatch): void {
    this.#sourceProblems = problems
    const impact = this.#store.apply(upserts, removals)
    if (!this.#synced) return
    this.#reconciler.change(impact)
    this.#report()
  }

  #translateAll(): Snapshot {
    const view = this.#store.view()
    const translation = translate(view, this.#init.options)
    this.#store.remember(view)
    this.#store.keepResolutions(view.hosts)
    this.#externalNames.want(view.hosts)
    void this.#init.source.want?.(view.asked)
    return this.#accept(translation)
  }

  #translateEndpoints(feeds: ReadonlySet<Feed>): Snapshot {
    const { options } = this.#init
    if (this.#translation === undefined) return this.#translateAll()
    return this.#accept(refreshEndpoints(this.#translation, feeds, { view: this.#store.view(), options }))
  }

  #accept(translation: Translation): Snapshot {
    this.#translation = translation
    this.#report()
    return translation.snapshot
  }

  #report(): void {
    const problems = tidy([...this.#sourceProblems, ...(this.#translation?.problems ?? [])])
    const text = JSON.stringify(problems)
    if (text === this.#reported) return
    this.#reported = text
    this.#init.onProblems(problems)
  }
}
