/**
 * The first process of a sandbox: prepares it, runs the program and ends with it, or when its input ends. With it the
 * kernel ends every other process in here.
 */
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { run } from './command.ts'
import { variablesWith } from './environment.ts'
import { refuseDefaultRoute } from './network.ts'

/** For a program that was asked to end. */
const GRACE_MS = 30_000

const [program, ...args] = process.argv.slice(2)
const input = createInterface({ input: process.stdin })
const sandbox = await new Promise<string>((resolve) => input.once('line', resolve))

// Addresses and names of networks live in files here, which nobody outside is to see.
await run(['mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run'])
await run(['ip', 'link', 'set', 'lo', 'up'])
await refuseDefaultRoute()

const child = spawn(program!, args, {
  stdio: ['ignore', 'inherit', 'inherit'],
  env: variablesWith({ E2E_SANDBOX: sandbox }),
})
child.on('error', (error) => {
  process.stderr.write(`${program}: ${error.message}\n`)
  leave(127)
})
child.on('exit', (code) => leave(code ?? 1))
input.once('close', end)
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end)

function end(): void {
  child.kill('SIGTERM')
  setTimeout(() => leave(1), GRACE_MS)
}

function leave(code: number): never {
  rmSync(tmpdir(), { recursive: true, force: true })
  process.exit(code)
}
