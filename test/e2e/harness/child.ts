/** Programs that run until they are told to end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ChildSpec {
  readonly argv: readonly string[]
  /** The whole environment. */
  readonly variables: NodeJS.ProcessEnv
  /** File that gets stdout and stderr, after what it holds. */
  readonly log: string
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export class Child {
  readonly log: string
  /** Never rejects: a program that cannot be started has ended with 127. */
  readonly exited: Promise<Exit>
  readonly #process: ChildProcess
  #exit: Exit | undefined

  constructor({ argv, variables, log }: ChildSpec) {
    this.log = log
    const [program, ...args] = argv
    const file = openSync(log, 'a')
    // A session of its own, so that whatever it started can be ended with it.
    this.#process = spawn(program!, args, { env: variables, stdio: ['ignore', file, file], detached: true })
    closeSync(file)
    const { promise, resolve } = Promise.withResolvers<Exit>()
    this.#process.once('error', () => resolve({ code: 127, signal: null }))
    this.#process.once('exit', (code, signal) => resolve({ code, signal }))
    this.exited = promise.then((exit) => {
      this.#exit = exit
      return exit
    })
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** How it ended; `undefined` while it runs. */
  get exit(): Exit | undefined {
    return this.#exit
  }

  /** To the program alone, not to what it started. */
  signal(name: NodeJS.Signals): void {
    if (this.#exit === undefined) this.#process.kill(name)
  }

  /** Ends it and everything it started, at once. */
  async kill(): Promise<Exit> {
    this.#killGroup()
    return await this.exited
  }

  /** SIGTERM; what is left after `graceMs` is killed. */
  async stop(graceMs: number): Promise<Exit> {
    this.signal('SIGTERM')
    const waiting = new AbortController()
    const grace = sleep(graceMs, undefined, { signal: waiting.signal }).catch(() => {})
    await Promise.race([this.exited, grace])
    waiting.abort()
    return await this.kill()
  }

  /** The last lines of its log, for error messages. */
  tail(lines = 15): string {
    return readFileSync(this.log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  }

  #killGroup(): void {
    if (this.#process.pid === undefined) return
    try {
      process.kill(-this.#process.pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}
