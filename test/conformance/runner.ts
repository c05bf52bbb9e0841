/** Runs one of the black-box runners against Sluice, and tells what it said. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { HOST, type Target } from './target.ts'

const LIMIT_MS = 240_000

/**
 * All cases have to pass.
 * @param runner file beside this one. @param port where the target is asked.
 */
export async function runCases(
  runner: string,
  { target, port, options, cases }: { target: Target; port: number; options: readonly string[]; cases: number },
): Promise<void> {
  const to = ['--target', `127.0.0.1:${port}`, '--host', HOST, '--backend-port', `${target.backendPort}`]
  const args = [fileURLToPath(new URL(runner, import.meta.url)), ...to, '--quiet', ...options]
  const { exitCode, output } = await new Promise<{ exitCode: number; output: string }>((resolve) => {
    execFile(process.execPath, args, { timeout: LIMIT_MS, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr })
    })
  })
  const report = `${failures(output)}\nSluice printed:\n${target.output()}`
  assert.equal(output.trimEnd().split('\n').at(-1), `${cases} passed, 0 failed`, report)
  assert.equal(exitCode, 0, report)
}

/** The cases that failed, each with its reasons, as the runner prints them. */
function failures(output: string): string {
  const lines = output.split('\n').filter((line) => /^FAIL|^ +->|^set-up|^backend|^runner|^the target/.test(line))
  const ids = lines.flatMap((line) => /^FAIL!? (\S+)/.exec(line)?.[1] ?? [])
  return `failing cases: ${ids.join(', ') || 'none named'}\n${lines.join('\n')}`
}
