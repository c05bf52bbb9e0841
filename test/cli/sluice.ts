/** Runs `sluice` as a process of its own, and tells what it says. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export class Sluice {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  readonly #ended: Promise<Ended>
  #onOutput: () => void = () => {}

  /** @param variables added to an environment without any of ours. */
  constructor(args: readonly string[], variables: Record<string, string> = {}) {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(SLUICE|POD)_/.test(name))
    const env = { ...Object.fromEntries(inherited), ...variables }
    this.child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const name of ['stdout', 'stderr'] as const) {
      this.child[name]!.setEncoding('utf8').on('data', (text: string) => {
        this[name] += text
        this.#onOutput()
      })
    }
    this.#ended = once(this.child, 'close').then(([code]) => {
      this.#onOutput()
      return { code: code as number | null, stdout: this.stdout, stderr: this.stderr }
    })
  }

  /** A process that serves, with ports of its own. */
  static async serving(args: readonly string[]): Promise<Sluice & Ports> {
    const ports = ['--http-port', '0', '--https-port', '0', '--admin-port', '0']
    const sluice = new Sluice(['serve', ...ports, '--workers', '1', ...args])
    const line = await sluice.line((text) => text.includes('"serving"'))
    return Object.assign(sluice, JSON.parse(line) as Ports)
  }

  /** Resolves when it has ended by itself. */
  ended(): Promise<Ended> {
    return this.#ended
  }

  /** The first line on stderr or stdout that passes the test. */
  async line(test: (line: string) => boolean): Promise<string> {
    for (;;) {
      const found = `${this.stderr}\n${this.stdout}`.split('\n').find(test)
      if (found !== undefined) return found
      if (this.child.exitCode !== null) throw new Error(`it ended:\n${this.stdout}\n${this.stderr}`)
      await new Promise<void>((resolve) => {
        this.#onOutput = resolve
      })
    }
  }

  async stop(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.#ended
  }
}

interface Ports {
  readonly http: number
  readonly https: number
  readonly admin: number
}
