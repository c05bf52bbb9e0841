/** Stapling between an authority, a responder and a client of others than us: those of openssl. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { freePort } from '../../bench/macro/child.ts'
import { serveBy } from '../cli/backend.ts'
import { Sluice } from '../cli/sluice.ts'

const HOST = 'app.example.test'
const run = promisify(execFile)

/** An authority with a certificate for the host, and a responder that knows it by the authority's index. */
async function startAuthority(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-ocsp-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const port = await freePort()
  const openssl = (...args: readonly string[]) => run('openssl', args, { cwd: dir })
  const newKey = (name: string) => [
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'],
    ...['-keyout', `${name}.key`, '-out', `${name}.crt`, '-days', '2'],
  ]
  await openssl('req', '-x509', '-subj', '/CN=authority', ...newKey('ca'))
  await openssl(
    ...['req', '-x509', '-subj', `/CN=${HOST}`, '-CA', 'ca.crt', '-CAkey', 'ca.key', ...newKey('app')],
    ...['-addext', `subjectAltName=DNS:${HOST}`, '-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-addext', `authorityInfoAccess=OCSP;URI:http://127.0.0.1:${port}/`, '-addext', 'tlsfeature=status_request'],
  )
  const { stdout } = await openssl('x509', '-in', 'app.crt', '-noout', '-serial')
  const serial = stdout.trim().replace('serial=', '')
  writeFileSync(join(dir, 'index.txt'), `V\t401231235959Z\t\t${serial}\tunknown\t/CN=${HOST}\n`)
  const args = ['-index', 'index.txt', '-CA', 'ca.crt', '-rsigner', 'ca.crt', '-rkey', 'ca.key', '-nmin', '60']
  const responder = spawn('openssl', ['ocsp', '-port', `${port}`, ...args], { cwd: dir, stdio: 'ignore' })
  t.after(() => end(responder))
  const read = (name: string) => readFileSync(join(dir, name), 'utf8')
  return { dir, chain: read('app.crt') + read('ca.crt'), key: read('app.key') }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill()
  await once(child, 'exit')
}

test('openssl verifies what is stapled of what an openssl responder said', async (t) => {
  const { dir, chain, key } = await startAuthority(t)
  const served = await serveBy((_request, response) => response.end())
  t.after(served.close)
  const metadata = { name: 'tls', namespace: 'app' }
  const backend = { service: { name: 'app', port: { number: 80 } } }
  const rules = [{ host: HOST, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }]
  const items = [
    {
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata },
      stringData: { 'tls.crt': chain, 'tls.key': key },
    },
    {
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata },
      spec: { tls: [{ hosts: [HOST], secretName: 'tls' }], rules },
    },
  ]
  writeFileSync(join(served.manifests, 'tls.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  const sluice = await Sluice.serving(['--manifests', served.manifests, '--ocsp-stapling'])
  t.after(() => sluice.stop())
  for (;;) {
    const said = await status(sluice.https, join(dir, 'ca.crt'))
    if (said.includes('OCSP response: no response sent')) continue
    assert.match(said, /OCSP Response Status: successful/)
    assert.match(said, /Cert Status: good/)
    assert.match(said, /Verify return code: 0 \(ok\)/)
    return
  }
})

/** What openssl says of a handshake in which it asked for an answer. */
async function status(port: number, ca: string): Promise<string> {
  const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', HOST, '-CAfile', ca, '-status']
  const child = spawn('openssl', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  return (await child.stdout.setEncoding('utf8').toArray()).join('')
}
