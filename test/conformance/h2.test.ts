/** Every black-box case of HTTP/2 against Sluice on its defaults: over TLS, and on the plain port. */
import { describe, test } from 'node:test'
import { runCases } from './runner.ts'
import { startTarget } from './target.ts'

const CASES = 62

describe('HTTP/2 cases', { concurrency: true }, () => {
  for (const [over, options] of [
    ['TLS', ['--tls']],
    ['TCP', []],
  ] as const) {
    test(`over ${over}`, async (t) => {
      const target = await startTarget()
      t.after(() => target.stop())
      const port = over === 'TLS' ? target.httpsPort : target.port
      await runCases('run-h2.mjs', { target, port, options, cases: CASES })
    })
  }
})
