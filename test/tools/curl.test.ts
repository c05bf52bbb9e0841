/** curl, with its own HTTP/2, against Sluice on its defaults: over TLS by ALPN, and by prior knowledge. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { debianMissing } from '../../bench/macro/installed.ts'
import { startTarget } from '../conformance/target.ts'

const run = promisify(execFile)
const BODY = 'x'.repeat(300_000)

test('curl speaks HTTP/2 both ways, sends and gets bodies', async (t) => {
  assert.equal(debianMissing('curl'), undefined)
  const { stdout: version } = await run('curl', ['--version'])
  assert.match(version, /\bHTTP2\b/, 'this curl was built without HTTP/2')
  const target = await startTarget('*')
  const backend = createServer((request, response) => request.pipe(response))
  await once(backend.listen(target.backendPort, '127.0.0.1'), 'listening')
  t.after(async () => {
    backend.closeAllConnections()
    backend.close()
    await target.stop()
  })
  const report = ['-sS', '--max-time', '20', '-w', ' %{http_version} %{response_code}', '--data-binary', '@-']
  for (const how of [
    ['--http2', '-k', `https://127.0.0.1:${target.httpsPort}/`],
    ['--http2-prior-knowledge', `http://127.0.0.1:${target.port}/`],
  ]) {
    const asked = run('curl', [...report, ...how], { maxBuffer: 1 << 20 })
    asked.child.stdin!.end(BODY)
    assert.equal((await asked).stdout, `${BODY} 2 200`)
  }
})
