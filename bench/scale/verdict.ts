/** Figures beside what they must be and what they should be. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: 's' | 'ms' | 'MiB' | '×'
  readonly must?: number
  readonly aim?: number
  /** What was measured, in words. */
  readonly how: string
}

export type Verdict = 'aim reached' | 'must reached' | 'must missed' | ''

export function verdictOf({ value, must, aim }: Figure): Verdict {
  if (must === undefined) return ''
  if (!(value <= must)) return 'must missed'
  return aim === undefined || value <= aim ? 'aim reached' : 'must reached'
}

export function table(figures: readonly Figure[]): string {
  const head = ['', 'value', 'must', 'aim', 'verdict', 'what']
  const lines = [head, ...figures.map(cells)]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  return lines
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function cells(figure: Figure): string[] {
  const { name, value, unit, must, aim, how } = figure
  const bound = (limit: number | undefined) => (limit === undefined ? '' : `≤ ${limit}`)
  return [name, `${value.toFixed(value < 100 ? 2 : 0)} ${unit}`, bound(must), bound(aim), verdictOf(figure), how]
}

/** @param share 0.99 for the 99th percentile: the smallest value that so many are not above. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
