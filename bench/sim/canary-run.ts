/**
 * `npm run bench:sim:canary`: how often the judge of canaries is wrong and how soon it is right, over error rates,
 * latencies and traffic, as tables and, with `--svg FILE`, as a plot. Seeds are fixed: the same code gives the same
 * figures on every machine.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Trial, tryOut } from './canary.ts'
import { type Curve, plotCurves } from './canary-plot.ts'

const RUNS = 100
const MANY = 2_000
const JUDGE = { errorTolerancePercent: 10, latencyTolerancePercent: 20 }
const TRAFFIC = [5, 20, 50, 200] as const
const MEDIAN_MS = 20
const HOUR = 3_600

type Setting = Omit<Trial, 'seed' | 'judge' | 'requestsPerSecond' | 'weight'>

function trials(setting: Setting, requestsPerSecond: number, weight = 10) {
  return Array.from({ length: RUNS }, (_, i) => {
    return tryOut({ ...setting, requestsPerSecond, weight, judge: JUDGE, seed: i + 1 })
  })
}

/** Seconds within which nine of ten were found; the whole time where fewer were. */
function detection(setting: Setting, requestsPerSecond: number): number {
  const found = trials(setting, requestsPerSecond).map(({ foundAfter }) => foundAfter ?? setting.seconds)
  return found.sort((a, b) => a - b)[Math.floor(RUNS * 0.9)]!
}

function service(errors: number, medianMs = MEDIAN_MS) {
  return { errors, medianMs }
}

function curves(xs: readonly number[], setting: (x: number) => Setting): readonly Curve[] {
  return TRAFFIC.map((rps) => ({ name: `${rps}/s`, points: xs.map((x) => [x, detection(setting(x), rps)] as const) }))
}

function falseAlarms(): void {
  console.log(`\nCanaries that are as good as their primary, ${RUNS} rollouts of a quarter of an hour each: taken back`)
  for (const errors of [0, 0.001, 0.01, 0.1, 0.5]) {
    const counts = TRAFFIC.map((rps) => {
      const each = { canary: service(errors), primary: service(errors), seconds: HOUR / 4 }
      return trials(each, rps).filter(({ foundAfter }) => foundAfter !== undefined).length
    })
    console.log(
      `  ${String(errors * 100).padStart(5)} % errors: ${TRAFFIC.map((rps, i) => `${counts[i]} at ${rps}/s`).join(', ')}`,
    )
  }
}

function print(title: string, of: readonly Curve[]): void {
  console.log(`\n${title}: seconds until nine of ten are found`)
  for (const { name, points } of of) {
    console.log(`  ${name.padStart(6)}  ${points.map(([x, seconds]) => `${x}: ${seconds}`).join('   ')}`)
  }
}

/**
 * How many of many bad canaries are found in so many seconds, beside what nobody could beat: as long as fewer than so
 * many requests of the canary failed, they say no more than chance would once in as many rollouts.
 */
function againstChance(seconds: number): void {
  const [share, errors, requestsPerSecond] = [10, 0.2, 50]
  const setting = { canary: service(errors), primary: service(0), seconds: 60, requestsPerSecond, weight: share }
  const found = Array.from({ length: MANY }, (_, i) => tryOut({ ...setting, judge: JUDGE, seed: i + 1 }))
  const late = found.filter(({ foundAfter }) => (foundAfter ?? Number.POSITIVE_INFINITY) > seconds).length
  const failed = found.map(({ finding }) => finding.canary.failures).sort((a, b) => a - b)
  console.log(`\n20 % errors at 10 % of 50/s, ${MANY} rollouts: ${percent(late / MANY)} not found within ${seconds} s`)
  console.log(`  failed requests until then: ${failed[MANY / 2]} in the middle run, ${failed.at(-1)} at most`)
  for (const [needed, chance] of [
    [3, 1_000],
    [4, 10_000],
  ] as const) {
    const fewer = fewerThan(needed, seconds * requestsPerSecond, (errors * share) / 100)
    console.log(
      `  best possible where chance is to do the same once in ${chance}: ${percent(fewer)} (${needed} failures)`,
    )
  }
}

/** The chance of fewer than so many hits in so many tries (binomial distribution). */
function fewerThan(count: number, tries: number, chance: number): number {
  let [sum, term] = [0, (1 - chance) ** tries]
  for (let k = 0; k < count; k++) {
    sum += term
    term *= ((tries - k) / (k + 1)) * (chance / (1 - chance))
  }
  return sum
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`
}

const { values } = parseArgs({ options: { svg: { type: 'string' } } })
falseAlarms()
againstChance(10)
const byErrors = curves([1, 2, 5, 10, 20, 50, 100], (percent) => {
  return { canary: service(percent / 100), primary: service(0), seconds: HOUR }
})
print('Percent of errors of the canary, none of the primary, weight 10 %', byErrors)
const byRatio = curves([2, 3, 5, 10, 20], (times) => {
  return { canary: service(0.02 * times), primary: service(0.02), seconds: HOUR }
})
print('Times the errors of the primary (2 %)', byRatio)
const byLatency = curves([1.5, 2, 3, 5], (times) => {
  return { canary: service(0, MEDIAN_MS * times), primary: service(0), seconds: HOUR }
})
print('Times as slow', byLatency)
if (values.svg !== undefined) {
  const svg = plotCurves([
    { title: 'errors of the canary in percent, none of the primary', curves: byErrors },
    { title: 'times the errors of the primary (2 %)', curves: byRatio },
    { title: 'times as slow as the primary', curves: byLatency },
  ])
  writeFileSync(values.svg, svg)
}
