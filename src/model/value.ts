/** A value that several sources may set, explained to people: never sent to the proxy. */
import type { Origin } from './route.ts'

export interface ExplainedValue {
  /** As it would be written: `75s`, `16Ki`. */
  readonly value: string
  readonly origin: Origin
}

/** By path, as in `timeouts.connect`. */
export type Explanation = Readonly<Record<string, ExplainedValue>>
