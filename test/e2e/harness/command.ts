/** Programs that run to their end. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { variablesWith } from './environment.ts'

export interface CommandOptions {
  readonly cwd?: string
  /** Added to the environment of this process. */
  readonly variables?: Readonly<Record<string, string>>
  readonly input?: string
}

/**
 * Runs a program and waits for its end.
 * @returns what it wrote to stdout.
 * @throws Error with command line, exit status and what it wrote to stderr.
 */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const [program, ...args] = argv
  const child = spawn(program!, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: variablesWith(options.variables ?? {}),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // A program that ends before it has read everything is judged by its exit status.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  const closed = once(child, 'close').then(([code, signal]) => code ?? signal)
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), closed])
  if (status === 0) return stdout
  throw new Error(`${argv.join(' ')}: ended with ${status}: ${(stderr || stdout).trim()}`)
}

/** Whether a program runs and ends with 0. */
export async function succeeds(argv: readonly string[]): Promise<boolean> {
  return await run(argv).then(
    () => true,
    () => false,
  )
}
