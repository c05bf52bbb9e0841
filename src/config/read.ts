/** Arguments and environment read by the table of options: all that is wrong with them at once, in words. */
import { type Config, FLAGS, type FlagKey } from '../config.ts'
import { nearest } from '../lib/nearest.ts'
import { parseText, quote } from '../lib/schema.ts'
import { type Command, type Flag, flagName, variableName } from './flag.ts'

export type Reading =
  | { readonly ok: true; readonly config: Config; readonly given: Given }
  | { readonly ok: false; readonly complaints: readonly string[] }

/** What was given, by the name it was given by: `--http-port`, `SLUICE_HTTP_PORT`. */
export type Given = ReadonlyMap<FlagKey, string>

export type Variables = Readonly<Record<string, string | undefined>>

/** A value as it was written, and what to call it in a complaint. */
interface Written {
  readonly name: string
  readonly text: string
}

export function readConfig(command: Command, args: readonly string[], variables: Variables): Reading {
  const complaints: string[] = []
  const all = Object.entries(FLAGS as Readonly<Record<string, Flag<unknown>>>)
  const rows = all.filter(([, row]) => row.commands.includes(command))
  const given = readArguments(args, new Map(rows.map(([key, row]) => [flagName(key), row])), complaints)
  complaints.push(
    ...misspelt(
      variables,
      rows.map(([key, row]) => variableName(key, row)),
    ),
  )
  const names = new Map<FlagKey, string>()
  const values = all.map(([key, row]) => {
    if (!row.commands.includes(command)) return [key, row.default] as const
    const from = written(key, row, { given, variables })
    if (from !== undefined) names.set(key as FlagKey, from.name)
    return [key, value(row, key, from, complaints)] as const
  })
  if (complaints.length > 0) return { ok: false, complaints }
  return { ok: true, config: Object.fromEntries(values) as Record<FlagKey, unknown> as Config, given: names }
}

interface Texts {
  readonly given: ReadonlyMap<string, string>
  readonly variables: Variables
}

function written(key: string, row: Flag<unknown>, { given, variables }: Texts): Written | undefined {
  const text = given.get(flagName(key))
  if (text !== undefined) return { name: flagName(key), text }
  const name = variableName(key, row)
  const variable = variables[name]
  return variable === undefined ? undefined : { name, text: variable }
}

function value(row: Flag<unknown>, key: string, from: Written | undefined, complaints: string[]): unknown {
  if (from === undefined) {
    if (row.required === true) complaints.push(`${flagName(key)} ${row.value} must be given`)
    return row.default
  }
  const parsed = parseText(row.field, from.text)
  if (parsed.ok) return parsed.value
  complaints.push(`${from.name}: ${parsed.complaint}`)
  return undefined
}

/** The last text given for each flag. */
function readArguments(
  args: readonly string[],
  rows: ReadonlyMap<string, Flag<unknown>>,
  complaints: string[],
): ReadonlyMap<string, string> {
  const given = new Map<string, string>()
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!
    const [, name = arg, text] = /^(--[^=]+)=(.*)$/s.exec(arg) ?? []
    const row = rows.get(name)
    if (row === undefined) complaints.push(unknown(name, [...rows.keys()]))
    else if (text !== undefined) given.set(name, text)
    else if (row.value === undefined) given.set(name, 'true')
    else if (args[at + 1]?.startsWith('--') === false) given.set(name, args[++at]!)
    else complaints.push(`${name}: expected ${row.field.expected} after it`)
  }
  return given
}

function unknown(name: string, names: readonly string[]): string {
  if (!name.startsWith('-')) return `unexpected argument ${quote(name)}`
  return `unknown option ${name}${meant(nearest(name, names))}`
}

/**
 * Variables that were probably meant for us. Others that begin alike are not ours to judge: Kubernetes sets some for
 * each Service that happens to be called so.
 */
function misspelt(variables: Variables, names: readonly string[]): string[] {
  const strange = Object.keys(variables).filter((name) => name.startsWith('SLUICE_') && !names.includes(name))
  return strange
    .filter((name) => nearest(name, names) !== undefined)
    .map((name) => `unknown variable ${name}${meant(nearest(name, names))}`)
}

function meant(name: string | undefined): string {
  return name === undefined ? '' : `; did you mean ${name}?`
}
