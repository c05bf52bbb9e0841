/** A Redis of its own for a test, without persistence. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KeyedCertificate } from '../../src/lib/self-signed.ts'

const READY_MS = 20_000

export class RedisServer {
  readonly port: number
  readonly #host: string
  readonly #args: string[]
  readonly #folder = mkdtempSync(join(tmpdir(), 'sluice-redis-'))
  #child: ChildProcess | undefined

  private constructor(host: string, port: number, args: string[]) {
    this.#host = host
    this.port = port
    this.#args = args
  }

  static start(...args: string[]): Promise<RedisServer> {
    return RedisServer.startAt('127.0.0.1', ...args)
  }

  /** One that speaks TLS and nothing else. */
  static async startEncrypted({ chain, key }: KeyedCertificate): Promise<RedisServer> {
    const server = new RedisServer('127.0.0.1', await freePort('127.0.0.1'), [])
    const [certificateFile, keyFile] = [join(server.#folder, 'chain.pem'), join(server.#folder, 'key.pem')]
    writeFileSync(certificateFile, chain)
    writeFileSync(keyFile, key)
    const own = ['--tls-cert-file', certificateFile, '--tls-key-file', keyFile, '--tls-auth-clients', 'no']
    // Of two options with one name the last one counts.
    server.#args.push('--port', '0', '--tls-port', String(server.port), ...own)
    await server.begin()
    return server
  }

  /** @param host address of this machine that it listens on. */
  static async startAt(host: string, ...args: string[]): Promise<RedisServer> {
    const server = new RedisServer(host, await freePort(host), args)
    await server.begin()
    return server
  }

  /** Starts it, again after `kill`. What it knew is gone. */
  async begin(): Promise<void> {
    const own = ['--port', String(this.port), '--bind', this.#host, '--save', '', '--appendonly', 'no']
    const child = spawn('redis-server', [...own, '--dir', this.#folder, ...this.#args], { stdio: 'ignore' })
    this.#child = child
    child.once('error', () => {})
    const deadline = performance.now() + READY_MS
    while (!(await isOpen(this.#host, this.port))) {
      if (child.exitCode !== null || performance.now() > deadline)
        throw new Error('redis-server does not start: apt-get install redis-server')
      await sleep(20)
    }
  }

  /** Hangs: takes what is sent, and answers nothing. */
  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  async kill(): Promise<void> {
    if (this.#child === undefined || this.#child.exitCode !== null) return
    const ended = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await ended
  }

  async close(): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true })
  }
}

async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function isOpen(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
