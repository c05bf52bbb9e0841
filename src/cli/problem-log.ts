/**
 * Problems of the configuration in the log: each one once when it appears, and once when it goes. One object cannot fill
 * the log: of many at a time the first ones are told, and how many more there are.
 */
import { type Problem, printProblem, type Severity } from '../model/problem.ts'

type LogMethod = (fields: object, message: string) => void

export interface ProblemLogTarget {
  readonly info: LogMethod
  readonly warn: LogMethod
  readonly error: LogMethod
}

/** Of one object, in one update. */
const MOST_LINES = 20

const METHOD = { error: 'error', warning: 'warn', note: 'info' } as const satisfies Record<Severity, string>

export class ProblemLog {
  readonly #log: ProblemLogTarget
  #current: ReadonlyMap<string, Problem> = new Map()

  constructor(log: ProblemLogTarget) {
    this.#log = log
  }

  /** What is wrong now. */
  get current(): readonly Problem[] {
    return [...this.#current.values()]
  }

  /** @param problems all there are. */
  update(problems: readonly Problem[]): void {
    const next = new Map(problems.map((problem) => [`${problem.reason} ${printProblem(problem)}`, problem]))
    this.#tell(missingFrom(this.#current, next), (problem) =>
      this.#log[METHOD[problem.severity]](fieldsOf(problem), problem.message),
    )
    this.#tell(missingFrom(next, this.#current), (problem) =>
      this.#log.info(fieldsOf(problem), `gone: ${problem.message}`),
    )
    this.#current = next
  }

  #tell(problems: readonly Problem[], line: (problem: Problem) => void): void {
    for (const ofOne of Map.groupBy(problems, objectOf).values()) {
      for (const problem of ofOne.slice(0, MOST_LINES)) line(problem)
      const more = ofOne.length - MOST_LINES
      if (more > 0) line({ ...ofOne[MOST_LINES]!, message: `and ${more} more of this object, see /debug/problems` })
    }
  }
}

/** Problems of the second that are not in the first. */
function missingFrom(from: ReadonlyMap<string, Problem>, all: ReadonlyMap<string, Problem>): Problem[] {
  return [...all].filter(([key]) => !from.has(key)).map(([, problem]) => problem)
}

function objectOf({ at }: Problem): string {
  return `${at.file ?? ''} ${at.kind} ${at.namespace}/${at.name}`
}

function fieldsOf({ at, reason }: Problem): object {
  const { kind, namespace, name, field, file } = at
  return {
    ...(file === undefined ? {} : { file }),
    ...(kind === 'File' ? {} : { object: `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}` }),
    ...(field === undefined ? {} : { field }),
    reason,
  }
}
