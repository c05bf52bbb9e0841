/** Stapling (OCSP): clients that ask get what is there, in every version; nobody waits for what is not. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { type ConnectionOptions, connect } from 'node:tls'
import type { CertificateName } from '../../src/model/certificate.ts'
import { certificateFor, startTlsWorld } from './tls-world.ts'

const ANSWER = Buffer.from('what a responder said')

interface Asking {
  readonly version: 'TLSv1.2' | 'TLSv1.3'
  readonly servername?: string
  readonly sigalgs?: string
}

/** What a client is shown, and what is stapled to it as it asks; it compares and verifies nothing. */
async function shownTo(t: TestContext, port: number, { version, servername = 'a.test', ...options }: Asking) {
  const versions = { minVersion: version, maxVersion: version }
  const fixed = { host: '127.0.0.1', port, servername, rejectUnauthorized: false, requestOCSP: true, ...versions }
  const socket = connect({ ...fixed, ...options } satisfies ConnectionOptions)
  t.after(() => socket.destroy())
  let said: Buffer | undefined
  socket.on('OCSPResponse', (response: Buffer | null) => {
    said = response ?? undefined
  })
  await once(socket, 'secureConnect')
  return { subject: String(socket.getPeerCertificate().subject.CN), said: said?.toString() }
}

async function stapled(t: TestContext, port: number, version: Asking['version'], servername?: string) {
  return (await shownTo(t, port, { version, ...(servername !== undefined && { servername }) })).said
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a client of ${version} gets the answer for the certificate that it is shown, and the next one later`, async (t) => {
    const { proxy, https } = await startTlsWorld(t, {
      'a.test': certificateFor(['a.test']),
      'b.test': certificateFor(['b.test']),
    })
    assert.equal(await stapled(t, https.port, version), undefined)
    proxy.staple('shop/a.test', ANSWER).apply()
    assert.equal(await stapled(t, https.port, version), ANSWER.toString())
    assert.equal(await stapled(t, https.port, version, 'b.test'), undefined)
    proxy.staple('shop/a.test', Buffer.from('and later')).apply()
    assert.equal(await stapled(t, https.port, version), 'and later')
  })

  test(`a client of ${version} gets the answer for that of two certificates that is for its kind of keys`, async (t) => {
    const { proxy, https } = await startTlsWorld(t, { 'a.test': certificateFor(['a.test']) })
    const certificates = ['shop/rsa', 'shop/a.test'] as CertificateName[]
    proxy.certificate('shop/rsa', certificateFor(['a.test'], 2, 'rsa')).serverName('a.test', { certificates })
    proxy.staple('shop/a.test', Buffer.from('for ECDSA')).apply()
    const ask = (sigalgs?: string) => shownTo(t, https.port, { version, ...(sigalgs !== undefined && { sigalgs }) })
    assert.deepEqual(await ask('rsa_pss_rsae_sha256'), { subject: 'a.test 2', said: undefined })
    proxy.staple('shop/rsa', Buffer.from('for RSA')).apply()
    assert.deepEqual(await ask('rsa_pss_rsae_sha256'), { subject: 'a.test 2', said: 'for RSA' })
    assert.deepEqual(await ask('ecdsa_secp256r1_sha256'), { subject: 'a.test 1', said: 'for ECDSA' })
    assert.deepEqual(await ask(), { subject: 'a.test 1', said: 'for ECDSA' })
  })
}
