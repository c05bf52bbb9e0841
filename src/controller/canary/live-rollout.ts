/** One rollout in one replica: its judge, where it stands, and what was said of it. */
import type { VariantTally } from '../../model/canary.ts'
import type { CanaryPolicy } from '../api/canary-policy.ts'
import type { CanaryStatus } from '../api/canary-status.ts'
import type { RolloutFact } from '../translate/view.ts'
import { type Finding, Judge } from './judge.ts'
import { judgeSpecOf, planOf } from './plan.ts'
import { against, rolloutOf, statusOf } from './report.ts'
import { advance, begin, type Plan, type Rollout } from './rollout.ts'

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

export class LiveRollout {
  #judge: Judge | undefined
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

  get view(): object {
    if (this.#rollout === undefined) return { phase: 'Unknown' }
    return { ...statusOf(this.#rollout, this.#steps, this.#finding), stoppedHere: this.#stopped }
  }

  observe(policy: CanaryPolicy, { series, primary, canary }: Observation): void {
    const spec = judgeSpecOf(policy)
    const judged = JSON.stringify([series, spec, planOf(policy)?.revision])
    if (judged !== this.#judged) {
      this.#judge = new Judge(spec)
      this.#judged = judged
      this.#before = 0
      this.#stopped = false
    }
    this.#judge!.observe(canary, primary)
  }

  /** Moves it on. */
  lead(policy: CanaryPolicy, { status, now }: { readonly status: CanaryStatus; readonly now: number }): Outcome {
    const plan = planOf(policy)!
    const known = this.#rollout?.revision === plan.revision ? this.#rollout : rolloutOf(status, plan.revision)
    const before = known ?? begin(plan, now)
    const { requests } = this.#finding.canary
    const evidence = { against: against(this.#finding), requests: requests - this.#before }
    const after = advance(before, plan, { evidence, now })
    if (after.step !== before.step) this.#before = requests
    return this.#stand(after, plan)
  }

  /** Goes where the leader went, but sends nothing to a canary that is worse by what came here. */
  follow(policy: CanaryPolicy, status: CanaryStatus): Outcome {
    const plan = planOf(policy)!
    const led = rolloutOf(status, plan.revision)
    if (led === undefined) return { fact: undefined, news: undefined }
    if (led.step !== this.#rollout?.step) this.#before = this.#finding.canary.requests
    const isOver = led.phase === 'RolledBack' || led.phase === 'Promoted'
    const why = isOver ? undefined : against(this.#finding)
    this.#stopped = why !== undefined
    return this.#stand(led, plan, why)
  }

  /** The status, where it is worth writing. @param now monotonic milliseconds. */
  *unsaid(now: number): Iterable<Record<string, unknown>> {
    if (this.#rollout === undefined) return
    const { stepStartedAt: _, ...said } = this.#rollout
    const text = JSON.stringify([said, this.#steps])
    if (text === this.#said && now - this.#saidAt < NUMBERS_MS) return
    this.#said = text
    this.#saidAt = now
    yield statusOf(this.#rollout, this.#steps, this.#finding)
  }

  /** @param stop why this replica sends nothing more, whatever the leader does. */
  #stand(rollout: Rollout, { steps }: Plan, stop?: string): Outcome {
    this.#rollout = rollout
    this.#steps = steps.length
    const { revision, phase, message } = rollout
    const weight = stop === undefined ? rollout.weight : 0
    const isOver = phase === 'RolledBack' || phase === 'Promoted'
    const fact = { revision, weight, ...(isOver ? { outcome: { phase, message } } : {}) }
    const news = { phase, weight, message: stop ?? message }
    const [factText, newsText] = [
      JSON.stringify(fact),
      JSON.stringify([phase, weight, rollout.step, stop !== undefined]),
    ]
    const outcome = {
      fact: factText === this.#fact ? undefined : fact,
      news: newsText === this.#news ? undefined : news,
    }
    this.#fact = factText
    this.#news = newsText
    return outcome
  }

  get #finding(): Finding {
    return this.#judge!.finding
  }
}
