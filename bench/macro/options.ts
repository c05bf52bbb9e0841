/** The command line of the benchmark. */
import { parseArgs } from 'node:util'
import { SCENARIOS } from './scenarios.ts'

export type LogMode = 'off' | 'file'

export interface Options {
  readonly only: readonly string[] | undefined
  readonly peers: readonly string[] | undefined
  readonly logs: readonly LogMode[]
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly connections: number
  readonly pin: boolean
  readonly profile: boolean
  readonly perf: boolean
  readonly json: string
}

const DEFAULT_JSON = 'bench/results/latest.json'
const USAGE = `npm run bench -- [flags]
  --quick            get-67, nginx and sluice, log off, 3 rounds of 4 s
  --only A,B         of ${SCENARIOS.map((s) => s.name).join(', ')}
  --peers A,B        of nginx, nginx-tuned, nginx-ingress, haproxy, caddy, envoy, sluice
  --log off,file     access logs: off, or buffered to a file (default both, where a scenario has both)
  --rounds N         rounds, each of which runs every peer once (default 3); up to three times as many
                     while other programs are busy, of which the quietest count
  --seconds S        load in each round (default 5)
  --warm-up S        load before the first round (default 5)
  --connections N    of wrk (default 64)
  --no-pin           do not put the proxy on one core and the load with its backend on the other
  --profile          Sluice alone, under V8's CPU profiler: where the time goes
  --perf             nginx and Sluice under perf(1): the same with the kernel's part
  --json FILE        results (default ${DEFAULT_JSON})`

export function parseOptions(args: readonly string[]): Options | string {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      help: { type: 'boolean' },
      quick: { type: 'boolean' },
      only: { type: 'string' },
      peers: { type: 'string' },
      log: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      'warm-up': { type: 'string' },
      connections: { type: 'string' },
      pin: { type: 'boolean' },
      profile: { type: 'boolean' },
      perf: { type: 'boolean' },
      json: { type: 'string' },
    },
  })
  if (values.help) return USAGE
  const quick = values.quick ?? false
  const closeLook = quick || values.profile || values.perf
  return {
    only: chosen('only', values.only ?? (closeLook ? 'get-67' : undefined), SCENARIOS),
    peers: list(values.peers ?? (quick || values.perf ? 'nginx,sluice' : undefined)),
    logs: logModes(values.log ?? (closeLook ? 'off' : 'off,file')),
    rounds: positive('rounds', values.rounds ?? '3'),
    seconds: positive('seconds', values.seconds ?? (quick ? '4' : '5')),
    warmUpSeconds: positive('warm-up', values['warm-up'] ?? (quick ? '4' : '5')),
    connections: positive('connections', values.connections ?? '64'),
    pin: values.pin ?? true,
    profile: values.profile ?? false,
    perf: values.perf ?? false,
    json: values.json ?? DEFAULT_JSON,
  }
}

function list(text: string | undefined): string[] | undefined {
  return text?.split(',').map((part) => part.trim())
}

/** Names out of a table; an unknown one is an error that lists the known ones. */
export function chosen(
  flag: string,
  text: string | undefined,
  table: readonly { name: string }[],
): string[] | undefined {
  const names = list(text)
  const unknown = names?.find((name) => !table.some((row) => row.name === name))
  if (unknown === undefined) return names
  throw new Error(`--${flag}: expected some of ${table.map((row) => row.name).join(', ')}, got ${unknown}`)
}

function logModes(text: string): LogMode[] {
  return chosen('log', text, [{ name: 'off' }, { name: 'file' }]) as LogMode[]
}

function positive(flag: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${flag}: expected a whole number from 1, got ${text}`)
  return value
}
