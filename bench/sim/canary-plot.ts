/** Seconds to detection over something, one curve for each level of traffic, on logarithmic scales: SVG without a library. */

export interface Curve {
  readonly name: string
  readonly points: readonly (readonly [x: number, seconds: number])[]
}

export interface Panel {
  readonly title: string
  readonly curves: readonly Curve[]
}

const WIDTH = 260
const HEIGHT = 220
const LEFT = 40
const TOP = 24
const BOTTOM = 34
const COLORS = ['#9c755f', '#f28e2b', '#4e79a7', '#59a14f']
const SECONDS = [1, 10, 100, 1_000] as const
const MOST_SECONDS = 3_600

export function plotCurves(panels: readonly Panel[]): string {
  const parts = panels.map((panel, i) => `<g transform="translate(${i * WIDTH} 0)">\n${drawn(panel)}\n</g>`)
  const size = `width="${panels.length * WIDTH}" height="${HEIGHT}"`
  const head = `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="10">`
  return `${head}\n<title>Seconds until nine of ten bad canaries are found</title>\n<rect width="100%" height="100%" fill="white"/>\n${parts.join('\n')}\n</svg>\n`
}

function drawn({ title, curves }: Panel): string {
  const xs = curves[0]?.points.map(([x]) => x) ?? []
  const [low, high] = [Math.log(xs[0] ?? 1), Math.log(xs.at(-1) ?? 2)]
  const x = (value: number) => LEFT + ((Math.log(value) - low) / (high - low)) * (WIDTH - LEFT - 44)
  const y = (seconds: number) => {
    const share = Math.log(Math.max(1, seconds)) / Math.log(MOST_SECONDS)
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)
  }
  const grid = SECONDS.map((seconds) => {
    const at = y(seconds).toFixed(1)
    return `<path d="M${LEFT} ${at}H${WIDTH - 44}" stroke="#ddd"/><text x="${LEFT - 4}" y="${at}" text-anchor="end">${seconds} s</text>`
  })
  const ticks = xs.map(
    (each) => `<text x="${x(each).toFixed(1)}" y="${HEIGHT - BOTTOM + 14}" text-anchor="middle">${each}</text>`,
  )
  const lines = curves.map(({ name, points }, i) => {
    const path = points.map(([at, seconds]) => `${x(at).toFixed(1)} ${y(seconds).toFixed(1)}`).join('L')
    const end = y(points.at(-1)?.[1] ?? 1).toFixed(1)
    const color = COLORS[i % COLORS.length]
    return `<path d="M${path}" fill="none" stroke="${color}" stroke-width="1.5"/><text x="${WIDTH - 40}" y="${end}" fill="${color}">${name}</text>`
  })
  const caption = `<text x="${LEFT}" y="${HEIGHT - 6}">${title}</text>`
  return [...grid, ...ticks, ...lines, caption].join('\n')
}
