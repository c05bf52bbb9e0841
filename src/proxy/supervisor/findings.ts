/** What is found wrong with objects, by several who look at different things: told as one list. */
import type { Problem } from '../../model/problem.ts'

export class Findings {
  readonly #tell: (findings: readonly Problem[]) => void
  readonly #lists: (readonly Problem[])[] = []

  constructor(tell: (findings: readonly Problem[]) => void) {
    this.#tell = tell
  }

  /** For one of them: takes all that it finds now, whenever that changes. */
  finder(): (findings: readonly Problem[]) => void {
    const place = this.#lists.push([]) - 1
    return (findings) => {
      this.#lists[place] = findings
      this.#tell(this.#lists.flat())
    }
  }
}
