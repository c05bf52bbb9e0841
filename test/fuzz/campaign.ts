/** Runs a property on many inputs, one seed each, and makes the first failure small enough to be read. */
import { type Random, seededRandom } from '../../src/lib/random.ts'

export interface Campaign {
  readonly name: string
  /** An input as Latin-1. */
  input(random: Random): string
  /** What does not hold for this input, if anything. Everything besides the input comes from `random`. */
  check(input: string, random: Random): string | undefined | Promise<string | undefined>
  close?(): Promise<void>
  /** How often to try to make a failing input smaller. */
  readonly shrinkAttempts: number
}

export interface Failure {
  readonly seed: number
  readonly input: string
  readonly why: string
}

export interface Range {
  /** Seed of the first input; the next one has the next number. */
  readonly seed: number
  readonly runs: number
  /** Called now and then with the number of inputs done. */
  readonly progress?: (done: number) => void
}

const PROGRESS_EVERY = 10_000

/** @returns the first failure, made small. */
export async function run(campaign: Campaign, { seed, runs, progress }: Range): Promise<Failure | undefined> {
  for (let i = 0; i < runs; i++) {
    const failure = await attempt(campaign, seed + i)
    if (failure !== undefined) return shrink(campaign, failure)
    if ((i + 1) % PROGRESS_EVERY === 0) progress?.(i + 1)
  }
  return undefined
}

/** Enough to see what happened and to run it again. */
export function report(campaign: Campaign, { seed, input, why }: Failure): string {
  const again = `npm run fuzz -- --only ${campaign.name} --seed ${seed} --runs 1`
  return `${campaign.name}, seed ${seed}: ${why}\ninput: ${visible(input)}\nagain: ${again}`
}

function visible(input: string): string {
  return JSON.stringify(input).replace(/[\x7f-\xff]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`)
}

async function attempt(campaign: Campaign, seed: number): Promise<Failure | undefined> {
  const input = campaign.input(seededRandom(seed))
  const why = await verdict(campaign, seed, input)
  return why === undefined ? undefined : { seed, input, why }
}

/** The same seed gives the same cuts and settings, whatever the input. */
function verdict(campaign: Campaign, seed: number, input: string): string | undefined | Promise<string | undefined> {
  try {
    const found = campaign.check(input, seededRandom(seed ^ 0x5eed5eed))
    return found instanceof Promise ? found.catch(thrown) : found
  } catch (error) {
    return thrown(error)
  }
}

function thrown(error: unknown): string {
  return `threw ${error instanceof Error ? error.stack : error}`
}

/** Cuts ever smaller parts out of the input, as long as it still fails. */
async function shrink(campaign: Campaign, failure: Failure): Promise<Failure> {
  let smallest = failure
  let attempts = 0
  for (let size = failure.input.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at + size <= smallest.input.length && attempts < campaign.shrinkAttempts; attempts++) {
      const input = smallest.input.slice(0, at) + smallest.input.slice(at + size)
      const why = await verdict(campaign, failure.seed, input)
      if (why === undefined) at += size
      else smallest = { seed: failure.seed, input, why }
    }
  }
  return smallest
}
