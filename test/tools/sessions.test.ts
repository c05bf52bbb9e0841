/** Sessions as openssl sees them: each that is resumed brings the next ticket, and none invites to early data (0-RTT). */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { serveBy } from '../cli/backend.ts'
import { Sluice } from '../cli/sluice.ts'

const REQUEST = 'GET / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n'
const VISITS = 4

/** What openssl says of one connection, until its answer has come to its end. */
async function visit(port: number, sessions: readonly string[]): Promise<string> {
  const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-ign_eof', ...sessions]
  const child = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'ignore'] })
  child.stdin.end(REQUEST)
  return (await child.stdout.setEncoding('utf8').toArray()).join('')
}

test('every session of TLS 1.3 is resumed with the ticket of the one before', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-sessions-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const served = await serveBy((_request, response) => response.end())
  t.after(served.close)
  const sluice = await Sluice.serving(['--manifests', served.manifests, '--workers', '2'])
  t.after(() => sluice.stop())
  const fileOf = (n: number) => join(dir, `${n}.pem`)
  for (let n = 0; n < VISITS; n++) {
    const before = n === 0 ? [] : ['-sess_in', fileOf(n - 1)]
    const said = await visit(sluice.https, ['-tls1_3', ...before, '-sess_out', fileOf(n)])
    assert.match(said, n === 0 ? /^New, TLS/m : /^Reused, TLS/m)
    assert.match(said, /HTTP\/1\.1 200/)
    assert.match(said, /Max Early Data: 0/)
  }
})
