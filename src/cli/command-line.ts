/** What the process was asked to do: the subcommand and its options. */
import { COMMANDS, type Command } from '../config/flag.ts'
import { optionsHelp } from '../config/help.ts'
import { type Given, readConfig, type Variables } from '../config/read.ts'
import type { Config } from '../config.ts'
import { nearest } from '../lib/nearest.ts'
import { quote } from '../lib/schema.ts'

export type Invocation =
  | { readonly kind: Command; readonly config: Config; readonly given: Given }
  /** Something to print, and nothing else to do. */
  | { readonly kind: 'print'; readonly text: string }
  /** One line for each thing that is wrong. */
  | { readonly kind: 'refuse'; readonly complaints: readonly string[] }

const ABOUT: Readonly<Record<Command, string>> = {
  serve: 'Serves the Ingresses of a folder of Kubernetes manifests, without a cluster.',
  controller: 'Serves the Ingresses of a Kubernetes cluster.',
}

const HELP_WORDS = ['help', '--help', '-h']

export function readCommandLine(args: readonly string[], variables: Variables, version: string): Invocation {
  const [word, ...rest] = args
  if (word === undefined) return { kind: 'refuse', complaints: ['expected a command, see sluice --help'] }
  if (word === '--version' || word === 'version') return { kind: 'print', text: version }
  if (HELP_WORDS.includes(word)) return rest.length === 0 ? { kind: 'print', text: overview() } : helpOn(rest[0]!)
  const command = COMMANDS.find((name) => name === word)
  if (command === undefined) return unknownCommand(word)
  if (rest.some((arg) => arg === '--help' || arg === '-h')) return helpOn(command)
  const reading = readConfig(command, rest, variables)
  if (!reading.ok) return { kind: 'refuse', complaints: reading.complaints }
  const { config, given } = reading
  const complaints = [...portConflicts(config), ...addressConflicts(config)]
  return complaints.length === 0 ? { kind: command, config, given } : { kind: 'refuse', complaints }
}

/** The free ports that 0 asks for never collide. */
function portConflicts({ httpPort, httpsPort, adminPort }: Config): readonly string[] {
  const ports = [
    ['--http-port', httpPort] as const,
    ['--https-port', httpsPort] as const,
    ['--admin-port', adminPort] as const,
  ]
  return ports.flatMap(([name, port], i) => {
    const other = ports.slice(0, i).find(([, taken]) => taken === port && port !== 0)
    return other === undefined ? [] : [`${name}: expected another port than that of ${other[0]}, not ${port} for both`]
  })
}

/** They would all write the same field. */
function addressConflicts({ publishService, publishAddress, publishNodes, podName }: Config): readonly string[] {
  const given = [
    ...(publishService === undefined ? [] : ['--publish-service']),
    ...(publishAddress.length === 0 ? [] : ['--publish-address']),
    ...(publishNodes ? ['--publish-nodes'] : []),
  ]
  if (given.length > 1) return [`${given.join(', ')}: expected one of them, not ${given.length}`]
  return publishNodes && podName === undefined ? ['--publish-nodes: expected POD_NAME to be set too'] : []
}

function overview(): string {
  const commands = COMMANDS.map((name) => `  sluice ${name} [OPTIONS]\n      ${ABOUT[name]}`).join('\n')
  return `Sluice, a Kubernetes ingress controller with its own proxy.

${commands}
  sluice help COMMAND
      Lists the options of a command.
  sluice --version`
}

function helpOn(word: string): Invocation {
  const command = COMMANDS.find((name) => name === word)
  if (command === undefined) return unknownCommand(word)
  const text = `Usage: sluice ${command} [OPTIONS]

${ABOUT[command]}

Each option can be set by its variable in the environment as well; the option beats the variable, and the last of
several counts. Durations are written like 500ms, 10s or 1m30s, and a timeout of 0 is none; sizes like 512, 16Ki or
10Mi.

${optionsHelp(command)}`
  return { kind: 'print', text }
}

function unknownCommand(word: string): Invocation {
  const meant = nearest(word, COMMANDS)
  const hint = meant === undefined ? 'see sluice --help' : `did you mean ${meant}?`
  return { kind: 'refuse', complaints: [`unknown command ${quote(word)}; ${hint}`] }
}
