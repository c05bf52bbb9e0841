/** Results as tables for docs/performance.md: `node bench/macro/markdown.ts bench/results/latest.json`. */
import { readFileSync } from 'node:fs'
import type { Row, ScenarioReport, Spread } from './report.ts'

const UNITS = { cpu: 'CPU µs/request', rps: 'requests/s', 'idle-memory': 'KiB/connection' } as const

function section(report: ScenarioReport): string {
  const head = ['', UNITS[report.measure], 'ratio', 'requests/s', 'p99 ms', 'core busy']
  const rows = [head, head.map(() => '---'), ...report.rows.map(cells)]
  const title = `### ${report.title}, access log ${report.log}${report.verdict ? `: ${report.verdict}` : ''}`
  return [title, '', ...rows.map((row) => `| ${row.join(' | ')} |`), ''].join('\n')
}

function cells(row: Row): string[] {
  return [
    row.errors > 0 ? `${row.name} (invalid: ${row.errors} errors)` : row.name,
    spread(row.value, row.value.median < 1000 ? 1 : 0),
    spread(row.ratio, 2),
    row.requestsPerSecond === undefined ? '' : row.requestsPerSecond.median.toFixed(0),
    row.p99Ms === undefined ? '' : row.p99Ms.median.toFixed(1),
    row.busy === undefined ? '' : `${Math.round(row.busy.median * 100)} %`,
  ]
}

function spread({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`
}

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('expected a file of results: node bench/macro/markdown.ts FILE')
const { reports } = JSON.parse(readFileSync(file, 'utf8')) as { reports: readonly ScenarioReport[] }
console.log(reports.map(section).join('\n'))
