/** Runs slowhttptest and reads how many connections it had, from the status it prints every five seconds. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** Descriptors for the connections and what the program needs by itself; many shells allow 1024. */
const DESCRIPTORS = 4096

export interface Attack {
  /** Most connections it had open or had seen closed by us: what the attack amounted to. */
  readonly reached: number
  /** Times it found the server out of reach for its own probe. */
  readonly unavailable: number
  readonly output: string
}

/** @param args as slowhttptest takes them, after the number of connections and the URL. */
export async function attack(url: string, connections: number, args: readonly string[]): Promise<Attack> {
  const command = ['slowhttptest', '-c', `${connections}`, '-u', url, ...args]
  const raised = ['-c', `ulimit -n ${DESCRIPTORS} && exec "$@"`, 'sh', ...command]
  const { stdout } = await run('sh', raised, { maxBuffer: 64 << 20 })
  // biome-ignore lint/complexity/useRegexLiterals: the escape character is easier to see here than in a literal.
  const output = stdout.replaceAll(new RegExp('\\u001b\\[[0-9;]*[A-Za-z]', 'g'), '')
  const connected = numbers(output, /^connected: +(\d+)/gm)
  const closed = numbers(output, /^closed: +(\d+)/gm)
  return {
    reached: Math.max(0, ...connected.map((n, i) => n + (closed[i] ?? 0))),
    unavailable: output.match(/^service available: +NO/gm)?.length ?? 0,
    output,
  }
}

function numbers(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map((match) => Number(match[1]))
}
