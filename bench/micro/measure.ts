/** Times a small piece of code: median nanoseconds for one run over several rounds, the first ones thrown away. */
import { SystemClock } from '../../src/lib/clock.ts'

const ROUNDS = 11
const ROUND_MS = 150
const FIRST_RUNS = 1_000

const clock = new SystemClock()
/** Results end here, so that the compiler cannot find out that nobody wants them. */
let sink: unknown

export interface Timing {
  readonly nanos: number
  readonly min: number
  readonly max: number
}

/** @param run is given the number of the run, to choose another input each time. */
export function measure(run: (n: number) => unknown): Timing {
  const runs = runsOfRound(run)
  const nanos = Array.from({ length: ROUNDS }, () => timed(run, runs) / runs).sort((a, b) => a - b)
  return { nanos: nanos[ROUNDS >> 1]!, min: nanos[0]!, max: nanos.at(-1)! }
}

/** Prints one line of a micro benchmark. */
export function report(name: string, run: (n: number) => unknown): void {
  const { nanos, min, max } = measure(run)
  console.log(`${name.padEnd(48)} ${nanos.toFixed(0).padStart(7)} ns  (${min.toFixed(0)}–${max.toFixed(0)})`)
}

/** Doubles until a round takes its time, which warms up as well. */
function runsOfRound(run: (n: number) => unknown): number {
  let runs = FIRST_RUNS
  while (timed(run, runs) / 1e6 < ROUND_MS) runs *= 2
  return runs
}

function timed(run: (n: number) => unknown, runs: number): number {
  const started = clock.now()
  for (let n = 0; n < runs; n++) sink = run(n)
  return (clock.now() - started) * 1e6
}

export { sink }
