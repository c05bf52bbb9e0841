/** One rollout in one replica: its judge, where it stands, and what was said of it. */
import type { Clock } from '../../lib/clock.ts'
import type { VariantTally } from '../../model/canary.ts'
import type { CanaryPolicy } from '../api/canary-policy.ts'
import type { CanaryStatus } from '../api/canary-status.ts'
import type { RolloutFact } from '../translate/view.ts'
import { type Finding, Judge } from './judge.ts'
import { MetricReadings } from './metric-readings.ts'
import { judgeSpecOf, metricsOf, planOf } from './plan.ts'
import type { AskMetric } from './prometheus.ts'
import { against, rolloutOf, statusOf } from './report.ts'
import { advance, begin, isOver, type Plan, type Rollout } from './rollout.ts'

/** Numbers alone are no reason to write a status more often than this. */
const NUMBERS_MS = 15_000

/** What both of them did so far; other numbers of `series` are other counts. */
export interface Observation {
  readonly series: number
  readonly primary: VariantTally
  readonly canary: VariantTally
}

export interface Outcome {
  /** What holds from now on; `undefined` where it is as it was. */
  readonly fact: Omit<RolloutFact, 'policy'> | undefined
  /** What is worth a line of the log. */
  readonly news: { readonly phase: string; readonly weight: number; readonly message: string } | undefined
}

export interface LiveRolloutInit {
  /** Of the policy. */
  readonly uid: string | undefined
  readonly clock: Clock
  readonly ask: AskMetric
}

export class LiveRollout {
  readonly uid: string | undefined
  readonly #clock: Clock
  readonly #ask: AskMetric
  #judge: Judge | undefined
  #metrics: MetricReadings
  /** What it judges, as text. */
  #judged = ''
  #rollout: Rollout | undefined
  #steps = 0
  /** Requests of the canary before this step. */
  #before = 0
  /** This replica found it to be worse and sends nothing more. */
  #stopped = false
  #fact = ''
  #news = ''
  #said = ''
  #saidAt = Number.NEGATIVE_INFINITY

  constructor({ uid, clock, ask }: LiveRolloutInit) {
    this.uid = uid
    this.#clock = clock
    this.#ask = ask
    this.#metrics = new MetricReadings(ask)
  }

  get view(): object {
    return this.#rollout === undefined
      ? { phase: 'Unknown' }
      : { ...this.#status(this.#rollout), stoppedHere: this.#stopped }
  }

  observe(policy: CanaryPolicy, { series, primary, canary }: Observation): void {
    const spec = judgeSpecOf(policy)
    const judged = JSON.stringify([series, spec, planOf(policy)?.revision])
    if (judged !== this.#judged) {
      this.#judge = new Judge(spec)
      this.#metrics = new MetricReadings(this.#ask)
      this.#judged = judged
      this.#before = 0
      this.#stopped = false
    }
    this.#judge!.observe(canary, primary)
  }

  /** Moves it on, from where it stands by the status where this replica did not lead until now. */
  lead(policy: CanaryPolicy, status: CanaryStatus): Outcome {
    const plan = planOf(policy)!
    const now = this.#clock.wall()
    const before = this.#known(plan, status) ?? begin(plan, now)
    if (!isOver(before)) this.#metrics.ask(metricsOf(policy), this.#clock.now())
    const requests = this.#finding.canary.requests - this.#before
    const { hold, against: metric } = this.#metrics.finding
    const after = advance(before, plan, {
      evidence: { against: against(this.#finding) ?? metric, requests, hold },
      now,
    })
    if (after.step !== before.step) this.#begin()
    return this.#stand(after, plan)
  }

  /** What was known before this step does not count for it. */
  #begin(): void {
    this.#before = this.#finding.canary.requests
    this.#metrics.begin()
  }

  #known({ revision, steps }: Plan, status: CanaryStatus): Rollout | undefined {
    if (this.#rollout?.revision === revision) return this.#rollout
    const told = rolloutOf(status, revision)
    // It stands there already, with the numbers of whoever wrote it.
    if (told !== undefined) this.#said = saying(told, steps.length)
    return told
  }

  /** Goes where the leader went, but sends nothing to a canary that is worse by what came here. */
  follow(policy: CanaryPolicy, status: CanaryStatus): Outcome {
    const plan = planOf(policy)!
    const led = rolloutOf(status, plan.revision)
    if (led === undefined) return { fact: undefined, news: undefined }
    if (led.step !== this.#rollout?.step) this.#begin()
    const why = isOver(led) ? undefined : against(this.#finding)
    this.#stopped = why !== undefined
    return this.#stand(led, plan, why)
  }

  /** The status, where it is worth writing. */
  *unsaid(): Iterable<Record<string, unknown>> {
    if (this.#rollout === undefined) return
    const text = saying(this.#rollout, this.#steps)
    const now = this.#clock.now()
    const isStale = !isOver(this.#rollout) && now - this.#saidAt >= NUMBERS_MS
    if (text === this.#said && !isStale) return
    this.#said = text
    this.#saidAt = now
    yield this.#status(this.#rollout)
  }

  #status(rollout: Rollout): Record<string, unknown> {
    return statusOf(rollout, { steps: this.#steps, finding: this.#finding, metrics: this.#metrics.finding.told })
  }

  /** @param stop why this replica sends nothing more, whatever the leader does. */
  #stand(rollout: Rollout, { steps }: Plan, stop?: string): Outcome {
    this.#rollout = rollout
    this.#steps = steps.length
    const { revision, phase, message } = rollout
    const weight = stop === undefined ? rollout.weight : 0
    const outcome = phase === 'RolledBack' || phase === 'Promoted' ? { outcome: { phase, message } } : {}
    const fact = { revision, weight, ...outcome }
    const news = { phase, weight, message: stop ?? message }
    const [factText, newsText] = [
      JSON.stringify(fact),
      JSON.stringify([phase, weight, rollout.step, stop !== undefined]),
    ]
    const [isNewFact, isNews] = [factText !== this.#fact, newsText !== this.#news]
    this.#fact = factText
    this.#news = newsText
    return { fact: isNewFact ? fact : undefined, news: isNews ? news : undefined }
  }

  get #finding(): Finding {
    return this.#judge!.finding
  }
}

/** What is worth writing at once, as text. */
function saying({ stepStartedAt: _, ...said }: Rollout, steps: number): string {
  return JSON.stringify([said, steps])
}
