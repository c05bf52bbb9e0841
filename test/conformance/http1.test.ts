/**
 * Every black-box case against Sluice on its defaults: plain and `--strict`, each in all four ways of cutting the
 * bytes on their way in. A run waits far more than it works, so all eight go side by side, each with a process of
 * its own.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { HOST, startTarget } from './target.ts'

const RUNNER = fileURLToPath(new URL('run-http1.mjs', import.meta.url))
const CASES: readonly unknown[] = JSON.parse(readFileSync(new URL('http1-cases.json', import.meta.url), 'utf8'))
const LIMIT_MS = 240_000

interface Run {
  readonly exitCode: number
  readonly output: string
}

function runCases(target: { port: number; backendPort: number }, options: readonly string[]): Promise<Run> {
  const to = ['--target', `127.0.0.1:${target.port}`, '--host', HOST, '--backend-port', `${target.backendPort}`]
  return new Promise((resolve) => {
    const args = [RUNNER, ...to, '--quiet', ...options]
    execFile(process.execPath, args, { timeout: LIMIT_MS, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr })
    })
  })
}

/** The cases that failed, each with its reasons, as the runner prints them. */
function failures(output: string): string {
  const lines = output.split('\n').filter((line) => /^FAIL|^ +->|^set-up|^backend|^runner|^the target/.test(line))
  const ids = lines.flatMap((line) => /^FAIL!? (\S+)/.exec(line)?.[1] ?? [])
  return `failing cases: ${ids.join(', ') || 'none named'}\n${lines.join('\n')}`
}

describe('HTTP/1.1 cases', { concurrency: true, timeout: LIMIT_MS }, () => {
  for (const strict of [[], ['--strict']]) {
    for (const delivery of ['whole', 'bytes', 'lines', 'random']) {
      const options = ['--delivery', delivery, ...strict]
      test(options.join(' '), async (t) => {
        const target = await startTarget()
        t.after(() => target.stop())
        const { exitCode, output } = await runCases(target, options)
        const summary = output.trimEnd().split('\n').at(-1)
        const report = `${failures(output)}\nSluice printed:\n${target.output()}`
        assert.equal(summary, `${CASES.length} passed, 0 failed`, report)
        assert.equal(exitCode, 0, report)
      })
    }
  }
})

test('the set of cases is whole', () => assert.equal(CASES.length, 264))
