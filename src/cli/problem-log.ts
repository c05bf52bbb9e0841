/** Problems of the configuration in the log: each one once when it appears, and once when it goes. */
import { type Problem, printProblem, type Severity } from '../model/problem.ts'

type LogMethod = (fields: object, message: string) => void

export interface ProblemLogTarget {
  readonly info: LogMethod
  readonly warn: LogMethod
  readonly error: LogMethod
}

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
    for (const [key, problem] of next) {
      if (!this.#current.has(key)) this.#log[METHOD[problem.severity]](fieldsOf(problem), problem.message)
    }
    for (const [key, problem] of this.#current) {
      if (!next.has(key)) this.#log.info(fieldsOf(problem), `gone: ${problem.message}`)
    }
    this.#current = next
  }
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
