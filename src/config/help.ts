/** The table of options as text. */
import { FLAGS } from '../config.ts'
import { type Command, type Flag, flagName, variableName } from './flag.ts'

/** Most characters of a line of prose; a terminal may be no wider than 120. */
const WIDTH = 110

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
  const doc = wrapped(row.doc).join('\n      ')
  return `  ${head}\n      ${doc}\n      ${variableName(key, row)}, ${unset}; ${change}`
}

function wrapped(text: string): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
