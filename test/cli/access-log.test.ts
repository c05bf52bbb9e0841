import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ask, serveBy } from './backend.ts'
import { Sluice } from './sluice.ts'

async function setUp(t: TestContext, target: (manifests: string) => string) {
  const served = await serveBy((_, response) => response.end('hello'))
  t.after(served.close)
  const file = target(served.manifests)
  const sluice = await Sluice.serving(['--manifests', served.manifests, '--access-log', file])
  t.after(() => sluice.stop())
  return { sluice, file }
}

test('a file has a line for each request by the time the process has ended', async (t) => {
  const { sluice, file } = await setUp(t, (manifests) => join(manifests, 'access.log'))
  await ask({ port: sluice.http, path: '/a?b=%22' })
  await ask({ port: sluice.http, host: 'other.test' })
  sluice.child.kill('SIGTERM')
  assert.equal((await sluice.ended()).code, 0)
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.deepEqual(
    logged.map(({ host, path, status, fault, service }) => [host, path, status, fault, service]),
    [
      ['app.test', '/a?b=%22', 200, '', 'app'],
      ['other.test', '/', 404, 'no-route', ''],
    ],
  )
})

test('a reader that sleeps holds up neither requests nor the end, and lost lines are counted', async (t) => {
  const { sluice } = await setUp(t, () => 'stdout')
  sluice.child.stdout!.pause()
  const path = `/${'x'.repeat(2_000)}`
  let dropped = 0
  while (dropped === 0) {
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask({ port: sluice.http, path })))
    assert.ok(answers.every(({ status }) => status === 200))
    const metrics = await (await fetch(`http://127.0.0.1:${sluice.admin}/metrics`)).text()
    dropped = Number(/^sluice_access_log_dropped_lines (\d+)$/m.exec(metrics)?.[1])
  }
  sluice.child.kill('SIGTERM')
  const [code] = await new Promise<[number | null]>((resolve) =>
    sluice.child.once('exit', (...how) => resolve([how[0]])),
  )
  assert.equal(code, 0)
  sluice.child.stdout!.resume()
})
