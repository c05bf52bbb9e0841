/** Collects the problems of one translation. */
import { compareProblems, type Problem, type Severity } from '../../model/problem.ts'
import type { Origin } from '../../model/route.ts'

export class Report {
  readonly problems: Problem[] = []

  error(at: Origin, reason: string, message: string): void {
    this.#add('error', { at, reason, message })
  }

  warning(at: Origin, reason: string, message: string): void {
    this.#add('warning', { at, reason, message })
  }

  note(at: Origin, reason: string, message: string): void {
    this.#add('note', { at, reason, message })
  }

  /** Takes over what another one collected. */
  add({ problems }: Report): void {
    this.problems.push(...problems)
  }

  #add(severity: Severity, { at, reason, message }: Omit<Problem, 'severity'>): void {
    this.problems.push({ at, severity, reason, message })
  }
}

/** In a fixed order, each once: two clusters of one Service complain of the same slice. */
export function tidy(problems: readonly Problem[]): readonly Problem[] {
  const sorted = problems.toSorted(compareProblems)
  return sorted.filter((problem, i) => i === 0 || compareProblems(problem, sorted[i - 1]!) !== 0)
}
