/** What is wrong (or worth knowing) about an object, told to the one who can mend it. */
import type { Origin } from './route.ts'

/**
 * `error`: something that was asked for does not happen. `warning`: it happens, but not as its author may expect.
 * `note`: nothing is wrong; a choice was made that is good to know.
 */
export type Severity = 'error' | 'warning' | 'note'

export interface Problem {
  /** Object, field and file. A file that could not be read is an origin of kind `File`. */
  readonly at: Origin
  readonly severity: Severity
  /** CamelCase, stable: what conditions, events and tests go by. */
  readonly reason: string
  /** For people: the value, what was expected, and what happens instead. */
  readonly message: string
}

/** One line: `error: Ingress shop/web, spec.rules[0].host (web.yaml): "Foo.com": expected lower case`. */
export function printProblem({ at, severity, message }: Problem): string {
  const object = at.kind === 'File' ? '' : ` ${at.kind} ${at.namespace === '' ? '' : `${at.namespace}/`}${at.name}`
  const field = at.field === undefined ? '' : `, ${at.field}`
  const file = at.file === undefined ? '' : object === '' ? ` ${at.file}` : ` (${at.file})`
  return `${severity}:${object}${field}${file}: ${message}`
}

/** The same order whatever order they were found in: by file, object, field, reason. */
export function compareProblems(a: Problem, b: Problem): number {
  return (
    compareText(a.at.file ?? '', b.at.file ?? '') ||
    compareText(a.at.kind, b.at.kind) ||
    compareText(a.at.namespace, b.at.namespace) ||
    compareText(a.at.name, b.at.name) ||
    compareText(countable(a.at.field), countable(b.at.field)) ||
    compareText(a.reason, b.reason) ||
    compareText(a.message, b.message)
  )
}

/** Do two lists in that order say the same? Mostly their problems are the same objects, of which there may be thousands. */
export function sameProblems(a: readonly Problem[], b: readonly Problem[]): boolean {
  return a.length === b.length && a.every((problem, i) => isSame(problem, b[i]!))
}

function isSame(a: Problem, b: Problem): boolean {
  return a === b || (a.severity === b.severity && compareProblems(a, b) === 0)
}

/** A field with its numbers at equal length, so that `rules[10]` comes after `rules[9]`. */
function countable(field = ''): string {
  return field.replace(/\d+/g, (digits) => digits.padStart(6, '0'))
}

/** By code units: no locale, the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
