/** A server we started: on a core of its own, waited for, ended by its pid. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { get as getSecurely } from 'node:https'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from './peers/peer.ts'

const READY_MS = 60_000
const POLL_MS = 50
const GRACE_MS = 10_000

export interface StartOptions {
  readonly command: Command
  readonly dir: string
  /** CPU to run on (see taskset(1)), or undefined for any. */
  readonly core: number | undefined
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  // Not SIGKILL: the master of an nginx could not take its workers along.
  for (const child of running) child.kill('SIGTERM')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

export class Child {
  readonly pid: number
  readonly #child: ChildProcess
  readonly #output: string

  constructor(options: StartOptions) {
    const { command, dir, core } = options
    const [file, ...args] = [...(core === undefined ? [] : ['taskset', '-c', `${core}`]), command.file, ...command.args]
    this.#output = join(dir, 'output.txt')
    const output = openSync(this.#output, 'a')
    this.#child = spawn(file!, args, {
      cwd: dir,
      env: { ...process.env, ...command.env },
      stdio: ['ignore', output, output],
    })
    closeSync(output)
    if (this.#child.pid === undefined) throw new Error(`cannot start ${file}`)
    this.pid = this.#child.pid
    running.add(this.#child)
  }

  /** Resolves when a GET of `/67` is answered with 200; fails with what the server printed. */
  async ready(port: number, host: string, tls = false): Promise<void> {
    const attempts = READY_MS / POLL_MS
    for (let attempt = 0; attempt < attempts && this.#child.exitCode === null; attempt++) {
      if ((await statusOf(port, host, tls)) === 200) return
      await pause(POLL_MS)
    }
    throw new Error(`${this.#child.spawnargs.join(' ')}\nis not ready on port ${port}; it printed:\n${this.printed()}`)
  }

  printed(): string {
    return readFileSync(this.#output, 'utf8')
  }

  /** SIGTERM, and SIGKILL where that does not end it. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit')
      this.#child.kill('SIGTERM')
      await Promise.race([exited, pause(GRACE_MS, undefined, { ref: false })])
      this.#child.kill('SIGKILL')
    }
    running.delete(this.#child)
  }
}

/** Whoever was given one may not listen to it yet. */
const given = new Set<number>()

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no TCP port to be had')
  if (given.has(address.port)) return freePort()
  given.add(address.port)
  return address.port
}

function statusOf(port: number, host: string, tls: boolean): Promise<number | undefined> {
  return new Promise((resolve) => {
    const where = { port, host: '127.0.0.1', agent: false, headers: { host }, path: '/67' } as const
    const answered = (response: IncomingMessage): void => {
      response.resume()
      response.once('end', () => resolve(response.statusCode))
    }
    const trust = { servername: host, rejectUnauthorized: false }
    const request = tls ? getSecurely({ ...where, ...trust }, answered) : get(where, answered)
    request.setTimeout(2_000, () => request.destroy())
    request.once('error', () => resolve(undefined))
  })
}
