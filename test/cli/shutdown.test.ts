import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import { ask, serveBy } from './backend.ts'
import { Sluice } from './sluice.ts'

/** Sluice before a backend that answers `/slow` only when it is told to. */
async function setUp(t: TestContext, ...flags: readonly string[]) {
  const waiting = Promise.withResolvers<ServerResponse>()
  const served = await serveBy(({ url }, response) => {
    if (url === '/slow') waiting.resolve(response)
    else response.end('quick')
  })
  t.after(served.close)
  const sluice = await Sluice.serving(['--manifests', served.manifests, '--access-log', 'off', ...flags])
  t.after(() => sluice.stop())
  return { sluice, waiting: waiting.promise }
}

test('SIGTERM: readiness fails, connections are taken for the delay, what is in flight finishes, exit 0', async (t) => {
  const { sluice, waiting } = await setUp(t, '--drain-delay', '500ms')
  const slow = ask({ port: sluice.http, path: '/slow' })
  const backend = await waiting
  assert.equal((await ask({ port: sluice.http })).connection, undefined)
  sluice.child.kill('SIGTERM')
  await sluice.line((line) => line.includes('shutting down'))

  const ready = await fetch(`http://127.0.0.1:${sluice.admin}/readyz`)
  assert.equal(ready.status, 503)
  assert.equal(await ready.text(), 'not ready: shutting down\n')
  const late = await ask({ port: sluice.http })
  assert.deepEqual([late.status, late.connection], [200, 'close'])

  for (let i = 0; i < 3; i++) sluice.child.kill('SIGTERM')
  backend.end('done')
  const { status, connection, body } = await slow
  assert.deepEqual([status, connection, body], [200, 'close', 'done'])
  const { code, stderr } = await sluice.ended()
  assert.equal(code, 0, stderr)
})

test('the drain timeout bounds the end', async (t) => {
  const { sluice, waiting } = await setUp(t, '--drain-timeout', '200ms')
  const slow = ask({ port: sluice.http, path: '/slow' })
  await waiting
  sluice.child.kill('SIGTERM')
  const { status, connection } = await slow
  assert.deepEqual([status, connection], [503, 'close'])
  const { code, stderr } = await sluice.ended()
  assert.equal(code, 0, stderr)
})

test('a second SIGINT ends it now', async (t) => {
  const { sluice, waiting } = await setUp(t)
  ask({ port: sluice.http, path: '/slow' }).catch(() => {})
  await waiting
  sluice.child.kill('SIGINT')
  const pressing = setInterval(() => sluice.child.kill('SIGINT'), 50)
  const { code } = await sluice.ended()
  clearInterval(pressing)
  assert.equal(code, 130)
})
