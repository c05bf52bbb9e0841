/** The table of options as text. */
import { FLAGS } from '../config.ts'
import { type Command, type Flag, flagName, variableName } from './flag.ts'

/** One paragraph for each option of a subcommand. */
export function optionsHelp(command: Command): string {
  return Object.entries(FLAGS as Readonly<Record<string, Flag<unknown>>>)
    .filter(([, row]) => row.commands.includes(command))
    .map(([key, row]) => optionHelp(key, row))
    .join('\n')
}

function optionHelp(key: string, row: Flag<unknown>): string {
  const head = row.value === undefined ? flagName(key) : `${flagName(key)} ${row.value}`
  const unset = row.required === true ? 'must be given' : `default: ${row.shown}`
  const change = row.live === undefined ? 'a change needs a restart' : `live as spec.${row.live} of a SluiceConfig`
  return `  ${head}\n      ${row.doc}\n      ${variableName(key, row)}, ${unset}; ${change}`
}
