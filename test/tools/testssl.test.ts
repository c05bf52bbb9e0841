/** testssl.sh, by others than us, against Sluice on its defaults, with a certificate of an authority it is told of. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isInstalled } from '../../bench/macro/installed.ts'
import { serveBy } from '../cli/backend.ts'
import { Sluice } from '../cli/sluice.ts'
import { Authority, type KeyPair } from '../e2e/harness/pki.ts'

const HOST = 'app.example.test'
const LIMIT_MS = 540_000
const BAD: ReadonlySet<string> = new Set(['MEDIUM', 'HIGH', 'CRITICAL'])
/** The test's own certificate ends soon, and nobody can revoke it. */
const OF_THE_CERTIFICATE = /^cert_/
const PARTS = ['--protocols', '--server-defaults', '--server-preference', '--each-cipher', '--vulnerable', '--fs']
/** Fewer findings than this mean that it did not look. */
const LEAST_FINDINGS = 60

interface Finding {
  readonly id: string
  readonly severity: string
  readonly finding: string
}

test('testssl.sh finds nothing above LOW in protocols, ciphers and known weaknesses', async (t) => {
  assert.ok(isInstalled('testssl'), 'testssl is not installed: apt-get install testssl.sh')
  const dir = mkdtempSync(join(tmpdir(), 'sluice-testssl-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const authority = await Authority.create(dir)
  const pair = await authority.issue({ name: 'app', commonName: HOST, subjectAltName: `DNS:${HOST}` })
  const served = await serveBy((_request, response) => response.end('an answer'))
  t.after(served.close)
  writeFileSync(
    join(served.manifests, 'tls.json'),
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: items(pair) }),
  )
  const sluice = await Sluice.serving(['--manifests', served.manifests])
  t.after(() => sluice.stop())
  const report = join(dir, 'report.json')
  const output = await testssl(`${HOST}:${sluice.https}`, { report, authority: authority.ca.cert })
  const findings: Finding[] = JSON.parse(readFileSync(report, 'utf8'))
  assert.ok(findings.length >= LEAST_FINDINGS, output)
  const bad = findings.filter(({ id, severity }) => BAD.has(severity) && !OF_THE_CERTIFICATE.test(id))
  assert.deepEqual(bad, [])
  assert.equal(findings.find(({ id }) => id === 'cert_chain_of_trust')?.finding, 'passed.')
})

function items({ cert, key }: KeyPair): object[] {
  const metadata = { name: 'tls', namespace: 'app' }
  const stringData = { 'tls.crt': readFileSync(cert, 'utf8'), 'tls.key': readFileSync(key, 'utf8') }
  const backend = { service: { name: 'app', port: { number: 80 } } }
  const rules = [{ host: HOST, http: { paths: [{ path: '/tls', pathType: 'Prefix', backend }] } }]
  const spec = { tls: [{ hosts: [HOST], secretName: 'tls' }], rules }
  return [
    { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata, stringData },
    { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata, spec },
  ]
}

/** Its exit status is a number of findings. @returns what it printed. */
function testssl(target: string, { report, authority }: { report: string; authority: string }): Promise<string> {
  const plain = ['--quiet', '--color', '0', '--warnings', 'off', '--ip', '127.0.0.1', '--jsonfile', report]
  return new Promise((resolve) => {
    const options = { timeout: LIMIT_MS, maxBuffer: 1 << 26 }
    execFile('testssl', [...plain, '--add-ca', authority, ...PARTS, target], options, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    )
  })
}
