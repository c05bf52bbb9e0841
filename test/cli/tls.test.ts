/** HTTPS of a whole process: Secrets in a folder of manifests, a rotation, and what is seen of keys: nothing. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { renameSync, writeFileSync } from 'node:fs'
import { type RequestOptions, request } from 'node:https'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { type KeyedCertificate, selfSigned } from '../../src/lib/self-signed.ts'
import { ask, serveBy } from './backend.ts'
import { Sluice } from './sluice.ts'

const HOST = 'app.test'
const DAY_MS = 86_400_000

function certificate(commonName: string): KeyedCertificate {
  const now = Date.now()
  return selfSigned({ commonName, names: [HOST], from: now - DAY_MS, until: now + DAY_MS })
}

function secret(name: string, { chain, key }: KeyedCertificate): object {
  const stringData = { 'tls.crt': chain, 'tls.key': key }
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name, namespace: 'app' },
    stringData,
  }
}

/** An Ingress for hosts, each with the Secret of a name, all led to the one backend. */
function ingress(secrets: Readonly<Record<string, string>>): object {
  const backend = { service: { name: 'app', port: { number: 80 } } }
  const hosts = Object.keys(secrets)
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'tls', namespace: 'app' },
    spec: {
      tls: hosts.map((host) => ({ hosts: [host], secretName: secrets[host] })),
      rules: hosts.map((host) => ({ host, http: { paths: [{ path: '/tls', pathType: 'Prefix', backend }] } })),
    },
  }
}

async function setUp(t: TestContext, items: readonly object[]) {
  const served = await serveBy((incoming, response) => response.end(JSON.stringify(incoming.headers)))
  t.after(served.close)
  // Renamed into its place, as an editor does: a file is never seen in parts.
  const write = (objects: readonly object[]) => {
    const file = join(served.manifests, 'tls.json')
    writeFileSync(`${file}.new`, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
    renameSync(`${file}.new`, file)
  }
  write(items)
  const sluice = await Sluice.serving(['--manifests', served.manifests, '--public-https-port', '443', '--workers', '2'])
  t.after(() => sluice.stop())
  return { sluice, write }
}

/** The name on the certificate that a new connection is shown. */
async function shown(port: number, servername: string): Promise<string> {
  const socket: TLSSocket = connect({ host: '127.0.0.1', port, servername, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const name = String(socket.getPeerCertificate().subject.CN)
  socket.destroy()
  return name
}

async function askSecurely(port: number, options: RequestOptions) {
  const sent = request({ host: '127.0.0.1', port, path: '/tls', agent: false, ...options }).end()
  const [response] = await once(sent, 'response')
  const text = (await response.toArray()).join('')
  return { status: response.statusCode as number, headers: response.headers, text }
}

test('a Secret is served and rotated, a broken one harms its host alone, and no key is seen anywhere', async (t) => {
  const [first, second] = [certificate('first'), certificate('second')]
  const broken = { chain: first.chain, key: second.key }
  const names = { [HOST]: 'good', 'broken.test': 'broken', 'missing.test': 'missing' }
  const { sluice, write } = await setUp(t, [ingress(names), secret('good', first), secret('broken', broken)])

  const answer = await askSecurely(sluice.https, { servername: HOST, ca: first.chain, headers: { host: HOST } })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers['strict-transport-security'], 'max-age=31536000; includeSubDomains')
  assert.match(answer.text, /"x-forwarded-proto":"https","x-forwarded-port":"443"/)
  const redirect = await ask({ port: sluice.http, path: '/tls?a=b' })
  assert.deepEqual([redirect.status, redirect.location], [308, `https://${HOST}/tls?a=b`])

  for (const servername of ['broken.test', 'missing.test', 'nobody.test']) {
    assert.equal(await shown(sluice.https, servername), 'Sluice default certificate')
  }
  const insecure = { rejectUnauthorized: false, servername: 'broken.test', headers: { host: 'broken.test' } }
  assert.equal((await askSecurely(sluice.https, insecure)).status, 503)

  write([ingress(names), secret('good', second), secret('broken', broken)])
  while ((await shown(sluice.https, HOST)) !== 'second');

  const pages = ['/metrics', '/debug/routes', '/debug/config', '/debug/problems'].map(async (path) => {
    return await (await fetch(`http://127.0.0.1:${sluice.admin}${path}`)).text()
  })
  const [metrics = '', routes = '', , problems = ''] = await Promise.all(pages)
  assert.match(metrics, /sluice_certificate_expiry_seconds\{host="app\.test",secret="app\/good"\} \d{10}/)
  assert.match(metrics, /sluice_tls_handshakes\{result="full"\} \d/)
  assert.match(metrics, /sluice_tls_handshake_duration_seconds_bucket\{le="10",result="full"\} [1-9]/)
  assert.match(routes, /https-redirect/)
  assert.match(problems, /InvalidTlsSecret/)
  const seen = [...(await Promise.all(pages)), sluice.stdout, sluice.stderr].join('\n')
  assert.ok(seen.includes('does not belong to the first certificate'), 'the log was looked at')
  assert.doesNotMatch(seen, /PRIVATE KEY/)
  for (const { key } of [first, second]) {
    for (const line of key.split('\n').slice(1, -2)) assert.ok(!seen.includes(line.slice(0, 24)), 'a key was seen')
  }
})

/** As cert-manager makes it beside the Ingress of the host, for as long as an authority may ask. */
function solver(path: string): object {
  const backend = { service: { name: 'app', port: { number: 80 } } }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: 'cm-acme-http-solver',
      namespace: 'app',
      labels: { 'acme.cert-manager.io/http01-solver': 'true' },
    },
    spec: { rules: [{ host: HOST, http: { paths: [{ path, pathType: 'ImplementationSpecific', backend }] } }] },
  }
}

test('the solver of a challenge is asked in clear text, before there is a certificate and when it is renewed', async (t) => {
  const path = '/.well-known/acme-challenge/token'
  const names = { [HOST]: 'good' }
  const { sluice, write } = await setUp(t, [ingress(names), solver(path)])
  const asked = (path: string) => ask({ port: sluice.http, path, host: HOST })
  assert.equal((await asked(path)).status, 200)
  assert.notEqual((await asked('/tls')).status, 200)
  write([ingress(names), solver(path), secret('good', certificate('first'))])
  while ((await shown(sluice.https, HOST)) !== 'first');
  assert.equal((await asked(path)).status, 200)
  assert.equal((await asked('/tls')).status, 308)
})
