/** Reads a V8 CPU profile: where the time of a thread went, function by function. */
import { readFileSync } from 'node:fs'

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
}

/** What is read of the format that `--cpu-prof` writes (Chrome DevTools Protocol, Profiler.Profile). */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  /** Node that was on top at each sample, and microseconds since the sample before. */
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

export interface SelfTime {
  /** Name and place of the function, or V8's own `(program)` and `(garbage collector)`. */
  readonly where: string
  readonly micros: number
}

export interface Summary {
  /** Microseconds that were not idle. */
  readonly busyMicros: number
  /** The longest first. */
  readonly functions: readonly SelfTime[]
}

const IDLE = '(idle)'

export function readProfile(file: string): CpuProfile {
  return JSON.parse(readFileSync(file, 'utf8')) as CpuProfile
}

/** @param lastSeconds counts only the end of the profile, so that starting and warming up stay out of it. */
export function summarise(profile: CpuProfile, lastSeconds: number): Summary {
  const names = new Map(profile.nodes.map((node) => [node.id, place(node)]))
  const total = profile.timeDeltas.reduce((sum, delta) => sum + delta, 0)
  const from = total - lastSeconds * 1e6
  const times = new Map<string, number>()
  let at = 0
  for (const [i, node] of profile.samples.entries()) {
    at += profile.timeDeltas[i] ?? 0
    if (at < from) continue
    const name = names.get(node) ?? '(unknown)'
    const micros = profile.timeDeltas[i + 1] ?? 0
    if (micros > 0) times.set(name, (times.get(name) ?? 0) + micros)
  }
  times.delete(IDLE)
  const functions = [...times].map(([where, micros]) => ({ where, micros })).sort((a, b) => b.micros - a.micros)
  return { busyMicros: functions.reduce((sum, f) => sum + f.micros, 0), functions }
}

/** Full paths say nothing but where the tree lies; what is in it is named from its root. */
function place({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  if (functionName.startsWith('(') && url === '') return functionName
  const file = url.replace(/^.*\/((?:src|bench)\/)/, '$1')
  return `${functionName === '' ? '(anonymous)' : functionName} ${file === '' ? '(native)' : `${file}:${lineNumber + 1}`}`
}

/** As text: each function's share and its microseconds for one request. */
export function profileTable(summary: Summary, requests: number, rows: number): string {
  const lines = summary.functions.slice(0, rows).map(({ where, micros }) => {
    const share = ((micros * 100) / summary.busyMicros).toFixed(1).padStart(5)
    return `${share} %  ${(micros / requests).toFixed(2).padStart(6)} µs  ${where}`
  })
  return [
    `${(summary.busyMicros / requests).toFixed(1)} µs of this thread for each request, self time:`,
    ...lines,
  ].join('\n')
}
