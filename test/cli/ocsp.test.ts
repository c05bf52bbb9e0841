/** Stapling of a whole process, from the Secret and its responder to the handshake, the metric and the log. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect } from 'node:tls'
import { answer, HOUR_MS, issued, type Said } from '../ocsp/answers.ts'
import { TestAuthority } from '../proxy/pki.ts'
import { serveBy } from './backend.ts'
import { Sluice } from './sluice.ts'

const HOST = 'app.test'
const AUTHORITY = new TestAuthority('Root')

/** Says of the certificate what the test has it say. */
async function startResponder(t: TestContext) {
  let status: NonNullable<Said['status']> = 'good'
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    request.resume().once('end', () => {
      const now = Date.now()
      response.end(answer({ chain, key: ofIssuer, status, from: now - HOUR_MS, until: now + HOUR_MS }))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const responder = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const { chain, key, ofIssuer } = issued(AUTHORITY, { responder, mustStaple: true })
  const says = (said: NonNullable<Said['status']>) => {
    status = said
  }
  return { chain, key, asked, says }
}

async function start(t: TestContext, { chain, key }: { chain: string; key: string }, args: readonly string[]) {
  const served = await serveBy((_request, response) => response.end())
  t.after(served.close)
  const metadata = { name: 'tls', namespace: 'app' }
  const backend = { service: { name: 'app', port: { number: 80 } } }
  const items = [
    {
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata },
      stringData: { 'tls.crt': chain, 'tls.key': key },
    },
    {
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata },
      spec: {
        tls: [{ hosts: [HOST], secretName: 'tls' }],
        rules: [{ host: HOST, http: { paths: [{ path: '/tls', pathType: 'Prefix', backend }] } }],
      },
    },
  ]
  const file = join(served.manifests, 'tls.json')
  writeFileSync(`${file}.new`, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  renameSync(`${file}.new`, file)
  const sluice = await Sluice.serving(['--manifests', served.manifests, ...args])
  t.after(() => sluice.stop())
  const page = async (path: string) => await (await fetch(`http://127.0.0.1:${sluice.admin}${path}`)).text()
  return { sluice, page }
}

async function stapled(port: number): Promise<Buffer | undefined> {
  const socket = connect({ host: '127.0.0.1', port, servername: HOST, ca: AUTHORITY.chain, requestOCSP: true })
  let said: Buffer | undefined
  socket.on('OCSPResponse', (response: Buffer | null) => {
    said = response ?? undefined
  })
  await once(socket, 'secureConnect')
  socket.destroy()
  return said
}

/** Until it is so. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo()));
}

test('what the responder of a certificate says is stapled and counted, and must-staple is content', async (t) => {
  const responder = await startResponder(t)
  const { sluice, page } = await start(t, responder, ['--ocsp-stapling'])
  await until(async () => (await stapled(sluice.https)) !== undefined)
  assert.deepEqual(responder.asked, ['POST /'])
  const metrics = await page('/metrics')
  assert.match(metrics, /sluice_ocsp_requests\{result="good"\} 1/)
  assert.match(metrics, /sluice_ocsp_staple_expiry_seconds\{secret="app\/tls"\} \d{10}/)
  assert.doesNotMatch(await page('/debug/problems'), /Stapl/)
})

test('a revoked one is served without, and its owner is told', async (t) => {
  const responder = await startResponder(t)
  responder.says('revoked')
  const { sluice, page } = await start(t, responder, ['--ocsp-stapling'])
  await sluice.line((line) => line.includes('CertificateRevoked'))
  assert.equal(await stapled(sluice.https), undefined)
  assert.match(await page('/metrics'), /sluice_ocsp_requests\{result="revoked"\} \d/)
})

test('nobody is asked unless it is wanted', async (t) => {
  const responder = await startResponder(t)
  const { sluice, page } = await start(t, responder, [])
  assert.equal(await stapled(sluice.https), undefined)
  assert.match(await page('/debug/problems'), /StaplingNotServed/)
  assert.deepEqual(responder.asked, [])
})
