/** h2spec, by others than us, against Sluice on its defaults: over TLS, and on the plain port. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { startTarget } from '../conformance/target.ts'
import { provideGoProgram } from '../e2e/harness/go-program.ts'

const H2SPEC = { name: 'h2spec', from: 'github.com/summerwind/h2spec/cmd/h2spec', version: 'v2.2.1+incompatible' }
const CASES = 145
const LIMIT_MS = 120_000

function h2spec(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: LIMIT_MS }, (_error, stdout, stderr) => resolve(stdout + stderr))
  })
}

for (const over of ['TLS', 'TCP'] as const) {
  test(`h2spec over ${over}: all ${CASES}`, async (t) => {
    const program = await provideGoProgram(H2SPEC, (line) => t.diagnostic(line))
    const target = await startTarget('*')
    const backend = createServer((request, response) => request.resume().once('end', () => response.end('an answer')))
    await once(backend.listen(target.backendPort, '127.0.0.1'), 'listening')
    t.after(async () => {
      backend.closeAllConnections()
      backend.close()
      await target.stop()
    })
    const to = over === 'TLS' ? ['-t', '-k', '-p', `${target.httpsPort}`] : ['-p', `${target.port}`]
    const output = await h2spec(program, ['-h', '127.0.0.1', ...to])
    const verdict = output.trimEnd().split('\n').at(-1)
    assert.equal(verdict, `${CASES} tests, ${CASES} passed, 0 skipped, 0 failed`, output)
  })
}
