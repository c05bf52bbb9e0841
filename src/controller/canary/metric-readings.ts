/**
 * The metrics of one rollout, as they were answered last. What is not known is no reason to take a canary back, unless
 * the policy says so; it is a reason to stay in a step.
 */
import type { MetricState, Verdict } from '../api/canary-status.ts'
import type { Answer, AskMetric, Question } from './prometheus.ts'

export interface MetricSpec {
  readonly name: string
  readonly question: Question
  readonly max: number | undefined
  readonly min: number | undefined
  readonly intervalMs: number
  /** So many in a row take the canary back. */
  readonly failures: number
  /** What becomes of the rollout while there is no answer. */
  readonly unavailable: 'Hold' | 'Ignore' | 'RollBack'
}

/** As the status has it. */
export interface MetricTold {
  readonly name: string
  readonly state: MetricState
  readonly message: string
}

/** Why a rollout stays in its step. */
export interface Hold {
  readonly verdict: Verdict
  readonly message: string
}

/** What all of them together say. */
export interface MetricFinding {
  /** Why the canary is to be taken back. */
  readonly against: string | undefined
  readonly hold: Hold | undefined
  readonly told: readonly MetricTold[]
}

interface Reading {
  readonly spec: MetricSpec
  /** Monotonic milliseconds. */
  askedAt: number
  isAsked: boolean
  /** Of this step. */
  answer: Answer | undefined
  /** How many in a row were too much or too little, and how many there were none of. */
  beyond: number
  missing: number
}

export class MetricReadings {
  readonly #ask: AskMetric
  #readings: readonly Reading[] = []

  constructor(ask: AskMetric) {
    this.#ask = ask
  }

  /** Asks for what is due; the answers are there when they are. @param now monotonic milliseconds. */
  ask(specs: readonly MetricSpec[], now: number): void {
    this.#readings = specs.map((spec) => this.#readings.find((known) => isSame(known.spec, spec)) ?? reading(spec))
    for (const each of this.#readings) {
      if (each.isAsked || now - each.askedAt < each.spec.intervalMs) continue
      each.askedAt = now
      each.isAsked = true
      void this.#ask(each.spec.question).then((answer) => hear(each, answer))
    }
  }

  /** Another step began: it ends only when all were asked again. */
  begin(): void {
    this.#readings = this.#readings.map(({ spec, beyond, missing }) => ({ ...reading(spec), beyond, missing }))
  }

  get finding(): MetricFinding {
    const told = this.#readings.map(tell)
    const against = this.#readings.map(reasonAgainst).find((reason) => reason !== undefined)
    const holding = this.#readings.findIndex(holds)
    const hold = told[holding]
    return {
      against,
      told,
      hold: hold && { verdict: verdictOf(hold), message: `metric ${hold.name}: ${hold.message}` },
    }
  }
}

function reading(spec: MetricSpec): Reading {
  return { spec, askedAt: Number.NEGATIVE_INFINITY, isAsked: false, answer: undefined, beyond: 0, missing: 0 }
}

function isSame(a: MetricSpec, b: MetricSpec): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function hear(of: Reading, answer: Answer): void {
  of.isAsked = false
  of.answer = answer
  of.missing = 'fault' in answer ? of.missing + 1 : 0
  // What is not known now was not well before, nor is it now.
  if ('value' in answer) of.beyond = limitBroken(of.spec, answer.value) === undefined ? 0 : of.beyond + 1
}

function reasonAgainst({ spec, answer, beyond, missing }: Reading): string | undefined {
  const { name, failures, unavailable } = spec
  if (answer === undefined) return undefined
  if ('value' in answer) {
    if (beyond < failures) return undefined
    return `metric ${name}: ${limitBroken(spec, answer.value)}${inARow(beyond)}`
  }
  if (unavailable !== 'RollBack' || missing < failures) return undefined
  return `metric ${name}: unavailable${inARow(missing)}: ${answer.fault}`
}

function inARow(times: number): string {
  return times === 1 ? '' : `, ${times} times in a row`
}

function holds({ spec, answer }: Reading): boolean {
  if (answer !== undefined && 'value' in answer) return limitBroken(spec, answer.value) !== undefined
  return spec.unavailable !== 'Ignore'
}

function tell({ spec, answer }: Reading): MetricTold {
  const { name } = spec
  if (answer === undefined) return { name, state: 'Pending', message: 'not answered in this step yet' }
  if ('fault' in answer) return { name, state: 'Unavailable', message: answer.fault }
  const broken = limitBroken(spec, answer.value)
  return broken === undefined
    ? { name, state: 'Ok', message: String(answer.value) }
    : { name, state: 'Beyond', message: broken }
}

function verdictOf({ state }: MetricTold): Verdict {
  return state === 'Beyond' ? 'MetricBeyond' : 'MetricUnavailable'
}

/** @returns in words which limit it is; `undefined` where it is well. */
function limitBroken({ max, min }: MetricSpec, value: number): string | undefined {
  if (max !== undefined && value > max) return `${value}, more than ${max}`
  return min !== undefined && value < min ? `${value}, less than ${min}` : undefined
}
