/**
 * Every black-box case against Sluice on its defaults: plain and `--strict`, each in all four ways of cutting the
 * bytes on their way in. A run waits far more than it works, so all eight go side by side, each with a process of
 * its own.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { runCases } from './runner.ts'
import { startTarget } from './target.ts'

const CASES: readonly unknown[] = JSON.parse(readFileSync(new URL('http1-cases.json', import.meta.url), 'utf8'))

describe('HTTP/1.1 cases', { concurrency: true }, () => {
  for (const strict of [[], ['--strict']]) {
    for (const delivery of ['whole', 'bytes', 'lines', 'random']) {
      const options = ['--delivery', delivery, ...strict]
      test(options.join(' '), async (t) => {
        const target = await startTarget()
        t.after(() => target.stop())
        await runCases('run-http1.mjs', { target, port: target.port, options, cases: CASES.length })
      })
    }
  }
})

test('the set of cases is whole', () => assert.equal(CASES.length, 264))
