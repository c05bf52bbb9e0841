/** `sluice controller` as a process, and what the kernel says about it. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { LoadResult, LoadSpec } from './load.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const BACKEND = fileURLToPath(new URL('./backend.ts', import.meta.url))
const LOAD = fileURLToPath(new URL('./load.ts', import.meta.url))
const MIB = 1024

export const HTTP_PORT = 8000
const FLAGS = {
  '--http-port': `${HTTP_PORT}`,
  '--https-port': '0',
  '--admin-port': '9000',
  '--workers': '2',
  '--access-log': 'off',
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export interface Memory {
  readonly nowMib: number
  /** The most it ever was. */
  readonly peakMib: number
}

export class ControllerProcess {
  readonly #child: ChildProcess
  #printed = ''
  #onPrinted = () => {}

  /** @param profile folder for a profile of each thread. */
  constructor(kubeconfig: string, profile: string | undefined) {
    if (profile !== undefined) mkdirSync(profile, { recursive: true })
    const node = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
    const args = [...node, MAIN, 'controller', '--kubeconfig', kubeconfig, ...Object.entries(FLAGS).flat()]
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    running.add(this.#child)
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#printed = (this.#printed + text).slice(-100_000)
      this.#onPrinted()
    })
    this.#child.once('exit', () => {
      running.delete(this.#child)
      this.#onPrinted()
    })
  }

  /** Resolves with the time at which it said that it serves. */
  async serving(): Promise<number> {
    while (!this.#printed.includes('"serving"')) {
      if (this.#child.exitCode !== null) throw new Error(`sluice ended:\n${this.#printed}`)
      await new Promise<void>((resolve) => {
        this.#onPrinted = resolve
      })
    }
    return performance.now()
  }

  memory(): Memory {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')
    const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / MIB
    return { nowMib: field('VmRSS'), peakMib: field('VmHWM') }
  }

  /** Seconds of CPU so far, of all threads. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8')
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
    return (Number(user) + Number(system)) / 100
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await exited
  }
}

export async function startBackend(): Promise<void> {
  const child = fork(BACKEND)
  running.add(child)
  await once(child, 'message')
}

export async function load(spec: LoadSpec): Promise<LoadResult> {
  const child = fork(LOAD)
  running.add(child)
  child.send(spec)
  const [result] = await once(child, 'message')
  running.delete(child)
  return result as LoadResult
}
