/** The command line of the scale benchmark. */
import { parseArgs } from 'node:util'
import type { WorldSpec } from './world.ts'

export interface Options extends WorldSpec {
  /** Endpoint changes and Ingress changes that are measured. */
  readonly samples: number
  /** Of traffic, each time it is measured. */
  readonly seconds: number
  readonly requestsPerSecond: number
  readonly profile: string | undefined
  readonly json: string
}

const USAGE = `npm run bench:scale -- [flags]
  --ingresses N    (default 10000), two paths each
  --services N     even (default 5000)
  --endpoints N    of each Service, a Pod for each (default 10)
  --samples N      endpoint changes measured, and a quarter as many of Ingresses (default 400)
  --seconds S      of traffic, each of four times (default 10)
  --rate N         requests a second of that traffic (default 1000)
  --profile DIR    CPU profiles of all threads; the figures of such a run mean little
  --json FILE      results (default bench/results/scale.json)`

export function parseOptions(args: readonly string[]): Options | string {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean' },
      inside: { type: 'boolean' },
      ingresses: text,
      services: text,
      endpoints: text,
      samples: text,
      seconds: text,
      rate: text,
      profile: text,
      json: text,
    },
  })
  if (values.help) return USAGE
  return {
    ingresses: positive('ingresses', values.ingresses ?? '10000'),
    services: positive('services', values.services ?? '5000'),
    endpointsPerService: positive('endpoints', values.endpoints ?? '10'),
    samples: positive('samples', values.samples ?? '400'),
    seconds: positive('seconds', values.seconds ?? '10'),
    requestsPerSecond: positive('rate', values.rate ?? '1000'),
    profile: values.profile,
    json: values.json ?? 'bench/results/scale.json',
  }
}

function positive(flag: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${flag}: expected a whole number from 1, got ${text}`)
  return value
}
