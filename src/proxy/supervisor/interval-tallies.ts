/** What rows counted from one moment to the next. */
import { type EndpointRow, since, type Tally } from '../shared/endpoint-stats.ts'

export class IntervalTallies {
  /** As they were at the end of the last interval. */
  #before: ReadonlyMap<EndpointRow, Tally> = new Map()

  /** What was counted since the interval began; `undefined` for a row that was not there then. */
  counted(row: EndpointRow): Tally | undefined {
    const before = this.#before.get(row)
    return before && since(before, row.tally)
  }

  /** Begins the next interval. */
  begin(rows: Iterable<EndpointRow>): void {
    this.#before = new Map(Iterator.from(rows).map((row) => [row, row.tally]))
  }
}
