/** Figures into a table for people and ratios for machines. */
import type { Measurement } from './contest.ts'
import type { LogMode } from './options.ts'
import type { Scenario } from './scenarios.ts'

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export interface Row {
  readonly name: string
  /** What the scenario measures: µs of CPU for a request, requests in a second, or KiB for a connection. */
  readonly value: Spread
  readonly requestsPerSecond?: Spread
  readonly p99Ms?: Spread
  readonly busy?: Spread
  readonly others?: Spread
  /** To the first row, round by round, so that a drift of the machine falls out. */
  readonly ratio: Spread
  /** A row with errors says nothing. */
  readonly errors: number
}

export interface ScenarioReport {
  readonly scenario: string
  readonly title: string
  readonly log: LogMode
  readonly measure: Scenario['measure']
  readonly rows: readonly Row[]
  /** Whether Sluice keeps the bound, where there is one and a baseline to compare with. */
  readonly verdict?: 'aim reached' | 'must reached' | 'must missed'
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median, min: sorted[0]!, max: sorted.at(-1)! }
}

export function rowsOf(results: ReadonlyMap<string, readonly Measurement[]>, scenario: Scenario): Row[] {
  const value = (m: Measurement) => (scenario.measure === 'rps' ? m.requestsPerSecond : m.cpuMicros)
  const baseline = results.values().next().value!.map(value)
  return [...results].map(([name, rounds]) => ({
    name,
    value: spread(rounds.map(value)),
    requestsPerSecond: spread(rounds.map((m) => m.requestsPerSecond)),
    p99Ms: spread(rounds.map((m) => m.p99Ms)),
    busy: spread(rounds.map((m) => m.busy)),
    others: spread(rounds.map((m) => m.others)),
    ratio: spread(rounds.map((m, round) => value(m) / baseline[round]!)),
    errors: rounds.reduce((sum, m) => sum + m.errors, 0),
  }))
}

export function scenarioReport(scenario: Scenario, log: LogMode, rows: readonly Row[]): ScenarioReport {
  const report = { scenario: scenario.name, title: scenario.title, log, measure: scenario.measure, rows }
  const judged = rows.findLast((row) => row.name.startsWith('sluice'))
  const { must, aim } = scenario
  if (must === undefined || aim === undefined || judged === undefined || judged.errors > 0) return report
  const memory = scenario.measure === 'idle-memory'
  if (!memory && judged === rows[0]) return report
  const reached = memory ? judged.value.median : judged.ratio.median
  return { ...report, verdict: reached <= aim ? 'aim reached' : reached <= must ? 'must reached' : 'must missed' }
}

const UNITS = { cpu: 'CPU µs/request', rps: 'requests/s', 'idle-memory': 'KiB/connection' } as const

/** One table a scenario, every figure as its median and its spread. */
export function table(report: ScenarioReport): string {
  const head = ['', UNITS[report.measure], 'ratio', 'requests/s', 'p99 ms', 'core busy', 'others', '']
  const lines = [head, ...report.rows.map(cells)]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
  const verdict = report.verdict === undefined ? '' : `  sluice: ${report.verdict}`
  return [`\n${report.title}, access log ${report.log}${verdict}`, ...text].join('\n')
}

function cells(row: Row): string[] {
  return [
    row.name,
    show(row.value, row.value.median < 1000 ? 1 : 0),
    show(row.ratio, 2),
    row.requestsPerSecond === undefined ? '' : show(row.requestsPerSecond, 0),
    row.p99Ms === undefined || Number.isNaN(row.p99Ms.median) ? '' : row.p99Ms.median.toFixed(1),
    row.busy === undefined ? '' : `${Math.round(row.busy.median * 100)} %`,
    row.others === undefined ? '' : `${Math.round(row.others.median * 100)} %`,
    row.errors > 0 ? `INVALID: ${row.errors} errors` : '',
  ]
}

function show({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`
}
