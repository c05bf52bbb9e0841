/** One option: a row of the table in `config.ts`, and the few ways such rows are made. */
import { type Field, integer } from '../lib/schema.ts'

export const COMMANDS = ['serve', 'controller'] as const
export type Command = (typeof COMMANDS)[number]

export interface Flag<T> {
  readonly field: Field<T & {}>
  /** What the value is called in the help; a switch has none, and being given means `true`. */
  readonly value?: string
  readonly default: T
  /** The default as people read it. */
  readonly shown: string
  /** There is no default: it has to be given. */
  readonly required?: boolean
  readonly doc: string
  /** Subcommands that take it. */
  readonly commands: readonly Command[]
  /** Its variable, where manifests for Kubernetes call that otherwise than by the option's name. */
  readonly variable?: string
}

type FlagSpec<T> = Omit<Flag<T>, 'shown' | 'commands'> & Partial<Pick<Flag<T>, 'shown' | 'commands'>>

/** The type of an option's value in the configuration. */
export type ValueOf<F> = F extends Flag<infer T> ? T : never

export function flag<T>(spec: FlagSpec<T>): Flag<T> {
  return { shown: String(spec.default), commands: COMMANDS, ...spec }
}

/** A duration in milliseconds. */
export function timeFlag(field: Field<number>, ms: number, doc: string): Flag<number> {
  return flag({ field, value: 'DURATION', default: ms, shown: showDuration(ms), doc })
}

export function countFlag([min, max]: readonly [number, number], count: number, doc: string): Flag<number> {
  return flag({ field: integer(min, max), value: 'N', default: count, doc })
}

/** `httpPort` → `--http-port`. */
export function flagName(key: string): string {
  return `--${words(key).join('-')}`
}

/** `httpPort` → `SLUICE_HTTP_PORT`, where the row names no other. */
export function variableName(key: string, { variable }: Pick<Flag<unknown>, 'variable'>): string {
  return variable ?? `SLUICE_${words(key).join('_').toUpperCase()}`
}

function words(key: string): string[] {
  return key.split(/(?=[A-Z])/).map((word) => word.toLowerCase())
}

const UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const

/** Milliseconds the way durations are written: `1h`, `75s`, `500ms`. */
export function showDuration(ms: number): string {
  if (ms === 0) return '0'
  const [unit, size] = UNITS.find((candidate) => ms % candidate[1] === 0) ?? ['ms', 1]
  return `${ms / size}${unit}`
}

/** Bytes the way sizes are written: `16Ki`. */
export function showBytes(bytes: number): string {
  return bytes > 0 && bytes % 1024 === 0 ? `${bytes / 1024}Ki` : `${bytes}`
}
