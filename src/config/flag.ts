/** One option: a row of the table in `config.ts`, and the few ways such rows are made. */
import { CONFIG_SPEC, type ConfigPath, type ConfigValues, DEFAULT_CONFIG } from '../controller/api/sluice-config.ts'
import { duration, type LineField, leavesOf, type TextForm } from '../lib/schema.ts'

export const COMMANDS = ['serve', 'controller'] as const
export type Command = (typeof COMMANDS)[number]

export interface Flag<T> {
  readonly field: TextForm<T & {}>
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
  /** The leaf of a SluiceConfig that is the same thing: there, a change needs no restart. */
  readonly live?: ConfigPath
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
export function timeFlag(ms: number, doc: string): Flag<number> {
  const field = duration()
  return flag({ field, value: 'DURATION', default: ms, shown: field.show(ms), doc })
}

const LEAVES = new Map(leavesOf(CONFIG_SPEC).map((leaf) => [leaf.path, leaf]))

/** What a SluiceConfig can say as well: field, default and sentence are those of its leaf. */
export function liveFlag<P extends ConfigPath>(
  live: P,
  { value, shown }: { readonly value?: string; readonly shown?: string } = {},
): Flag<ConfigValues[P]> {
  const leaf = LEAVES.get(live)!
  const field = leaf.field as LineField<ConfigValues[P]>
  const preset = DEFAULT_CONFIG[live]
  return flag({
    field: field as TextForm<ConfigValues[P] & {}>,
    ...(value === undefined ? {} : { value }),
    default: preset,
    shown: shown ?? field.show(preset),
    doc: leaf.doc.replace(/ For (the whole process|this class)\.$/, ''),
    live,
  })
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
