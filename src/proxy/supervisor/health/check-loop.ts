/** One endpoint that is checked: asked again and again, one question at a time, until it is stopped. */
import type { Clock } from '../../../lib/clock.ts'
import type { Random } from '../../../lib/random.ts'
import type { CheckSpec } from '../../../model/health.ts'
import type { Complaint, Target } from './check.ts'
import type { check } from './checks.ts'
import { type Course, type Health, nextCourse, renewed } from './course.ts'

export interface CheckLoopInit {
  readonly target: Target
  readonly isUnhealthy: boolean
  readonly clock: Clock
  readonly random: Random
  readonly ask: typeof check
  /** Told of every answer, after it was taken in. @param complaint `undefined` where it was good. */
  readonly onAnswer: (complaint: Complaint) => void
}

export class CheckLoop {
  readonly #init: CheckLoopInit
  readonly text: string
  readonly #spec: CheckSpec
  #course: Course
  /** Calls off what comes next: the next question, or the patience with the one under way. */
  #callOff: () => void
  #asking: AbortController | undefined
  /** Why the last bad answer was bad. */
  lastComplaint: Complaint

  constructor(spec: CheckSpec, init: CheckLoopInit) {
    this.#init = init
    this.#spec = spec
    this.text = JSON.stringify(spec)
    this.#course = renewed(init.isUnhealthy, spec)
    // All over the first interval: a start, or a rollout, does not ask a whole fleet at once.
    this.#callOff = init.clock.after(init.random() * spec.intervalMs, () => this.#ask())
  }

  get health(): Health {
    return this.#course.health
  }

  /** Nobody hears of it any more, also not of the question that is under way. */
  stop(): void {
    this.#callOff()
    this.#asking?.abort()
    this.#asking = undefined
  }

  #ask(): void {
    const { clock, target, ask } = this.#init
    const { probe, timeoutMs } = this.#spec
    const asking = new AbortController()
    const askedAt = clock.now()
    this.#asking = asking
    this.#callOff = clock.after(timeoutMs, () => {
      this.#answered(asking, askedAt, `no answer within ${timeoutMs} ms`)
      asking.abort()
    })
    const answered = (complaint: Complaint) => this.#answered(asking, askedAt, complaint)
    // A defect of a check is no answer either, and no reason to end the process.
    void ask(target, probe, asking.signal).then(answered, (error: unknown) => answered(String(error)))
  }

  #answered(asking: AbortController, askedAt: number, complaint: Complaint): void {
    if (this.#asking !== asking) return
    const { clock, random, onAnswer } = this.#init
    const { intervalMs, jitterPercent } = this.#spec
    this.#asking = undefined
    this.#callOff()
    const pause = intervalMs * (1 + ((random() * 2 - 1) * jitterPercent) / 100)
    this.#callOff = clock.after(Math.max(0, askedAt + pause - clock.now()), () => this.#ask())
    this.#course = nextCourse(this.#course, complaint === undefined, this.#spec)
    if (complaint !== undefined) this.lastComplaint = complaint
    onAnswer(complaint)
  }
}
