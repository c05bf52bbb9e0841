import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readConfig } from '../config/read.ts'
import { DEFAULT_OPTIONS } from '../controller/translate/options.ts'
import { FakeClock } from '../lib/clock.ts'
import { createLog } from '../lib/log.ts'
import { reachable, serve } from './serve.ts'

async function command(t: TestContext, ...flags: readonly string[]) {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const reading = readConfig('serve', ['--manifests', dir, ...flags], {})
  assert.ok(reading.ok)
  const clock = new FakeClock()
  const log = createLog({ level: 'silent', stream: { writableLength: 0, write() {} }, clock })
  const printed: string[] = []
  const { config, given } = reading
  return { ...(await serve({ config, given, clock, log, print: (text) => printed.push(text) })), dir, printed }
}

test('a folder is translated like a cluster, but loopback endpoints and a missing class are fine', async (t) => {
  const { options } = await command(t)
  const ownPorts = { TCP: [8080, 8443, 10254], UDP: [] }
  const onALaptop = { serveWithoutClass: true, allowLoopbackEndpoints: true, httpsPort: 8443, ownPorts }
  assert.deepEqual(options, { ...DEFAULT_OPTIONS, ...onALaptop })
})

test('flags reach the translation', async (t) => {
  const flags = [
    '--default-backend-service=shop/web:80',
    '--request-timeout=9s',
    '--body-limit=1Mi',
    '--allow-external-name',
  ]
  const { options } = await command(t, ...flags, '--idle-timeout=7s')
  assert.equal(options.defaultBackend, 'shop/web:80')
  assert.equal(options.allowExternalName, true)
  const { values, origins } = options.config
  assert.deepEqual(
    [values['routeDefaults.timeouts.request'], values['routeDefaults.maxBodySize'], values['timeouts.idle']],
    [9_000, 1_048_576, 7_000],
  )
  assert.deepEqual(origins['timeouts.idle'], { kind: 'Option', namespace: '', name: '--idle-timeout' })
  assert.equal(origins['timeouts.body'].kind, 'Default')
})

test('a folder that is no example is announced in one line', async (t) => {
  const { announce, dir, printed } = await command(t)
  await announce(reachable({ bind: '127.0.0.1', httpPort: 8080, httpsPort: 8443 }, 10_254))
  assert.deepEqual(printed, [
    `Sluice serves ${dir} at http://127.0.0.1:8080 and https://127.0.0.1:8443, see also http://127.0.0.1:10254/debug/routes`,
  ])
})

test('all addresses are reached by loopback, and IPv6 stands in brackets', () => {
  assert.equal(reachable({ bind: '0.0.0.0', httpPort: 80, httpsPort: 443 }, 81).http, 'http://127.0.0.1:80')
  assert.deepEqual(reachable({ bind: '::', httpPort: 80, httpsPort: 443 }, 81), {
    host: '::1',
    httpPort: 80,
    http: 'http://[::1]:80',
    https: 'https://[::1]:443',
    admin: 'http://[::1]:81',
  })
  assert.equal(reachable({ bind: '192.0.2.1', httpPort: 80, httpsPort: 443 }, 81).admin, 'http://192.0.2.1:81')
})
