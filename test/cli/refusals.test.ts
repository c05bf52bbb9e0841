import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Ended, Sluice } from './sluice.ts'

const run = (args: readonly string[], variables: Record<string, string> = {}) => new Sluice(args, variables).ended()

/** In words, and nothing that only we can read. */
function assertRefused({ code, stdout, stderr }: Ended, expectedCode: number, pattern: RegExp): void {
  assert.equal(code, expectedCode, stderr)
  assert.match(stderr, pattern)
  assert.equal(stdout, '')
  assert.doesNotMatch(stderr, /\n\s+at /)
}

function emptyFolder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(dir, { recursive: true }))
  return dir
}

test('help and version go to stdout', async () => {
  const help = await run(['serve', '--help'])
  assert.equal(help.code, 0)
  assert.match(help.stdout, /--http-port N\n/)
  assert.match((await run(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/)
})

test('an option that does not exist is refused with the one that was meant', async () => {
  const refused = await run(['serve', '--manifests', '.', '--htp-port', '80'])
  assertRefused(refused, 2, /^sluice: unknown option --htp-port; did you mean --http-port\?$/m)
})

test('a bad value in the environment is refused by the name of the variable', async () => {
  const refused = await run(['serve', '--manifests', '.'], { SLUICE_WORKERS: 'all' })
  assertRefused(refused, 2, /^sluice: SLUICE_WORKERS: expected an integer from 1 to 256, not "all"$/m)
})

test('a folder that does not exist is refused by name', async () => {
  const refused = await run(['serve', '--http-port', '0', '--https-port', '0', '--manifests', '/no/such/folder'])
  assertRefused(refused, 1, /^sluice: --manifests: expected a folder, but \/no\/such\/folder is none$/m)
})

test('a port that another program listens on is refused by name', async (t) => {
  const server = createServer().listen({ host: '127.0.0.1', port: 0, reusePort: process.platform === 'linux' })
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const message = new RegExp(`^sluice: port ${port} on 127.0.0.1 is taken`, 'm')
  const dir = emptyFolder(t)
  assertRefused(await run(['serve', '--manifests', dir, '--http-port', `${port}`]), 1, message)
  const adminPort = ['--http-port', '0', '--https-port', '0', '--admin-port', `${port}`, '--log-level', 'silent']
  assertRefused(await run(['serve', '--manifests', dir, ...adminPort]), 1, message)
})

test('a file for the access log that cannot be opened is refused by name', async (t) => {
  const refused = await run([
    'serve',
    '--http-port',
    '0',
    '--https-port',
    '0',
    '--manifests',
    emptyFolder(t),
    '--access-log',
    '/no/such/log',
  ])
  assertRefused(refused, 1, /^sluice: --access-log: \/no\/such\/log cannot be opened: /m)
})
