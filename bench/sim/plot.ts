/** Bars of p99 by balancer, one group for each scenario, on a logarithmic scale: SVG that needs no library. */
import type { Figure } from './run.ts'
import type { Scenario } from './scenarios.ts'

const WIDTH = 760
const LEFT = 120
const BAR = 14
const GROUP_GAP = 34
const COLORS = ['#4e79a7', '#9c755f', '#59a14f', '#b07aa1', '#f28e2b']
const LONGEST_MS = 100_000

export function plot(results: readonly { readonly scenario: Scenario; readonly figures: readonly Figure[] }[]): string {
  const scale = (WIDTH - LEFT - 90) / Math.log10(LONGEST_MS)
  let y = 10
  const parts: string[] = []
  for (const { scenario, figures } of results) {
    y += 18
    parts.push(`<text x="4" y="${y}" font-weight="bold">p99, ${scenario.title}</text>`)
    y += 6
    for (const [n, { balancer, p99 }] of figures.entries()) {
      const width = Math.max(1, Math.log10(Math.max(1, p99)) * scale)
      parts.push(
        `<text x="${LEFT - 8}" y="${y + BAR - 3}" text-anchor="end">${balancer}</text>`,
        `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR - 2}" fill="${COLORS[n % COLORS.length]}"/>`,
        `<text x="${(LEFT + width + 6).toFixed(1)}" y="${y + BAR - 3}">${p99.toFixed(0)} ms</text>`,
      )
      y += BAR
    }
    y += GROUP_GAP - 18
  }
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" font-family="sans-serif" font-size="11">`
  return `${head}\n<title>p99 by balancer</title>\n<rect width="100%" height="100%" fill="white"/>\n${parts.join('\n')}\n</svg>\n`
}
