/** Stapling (OCSP): clients that ask get what is there, in every version; nobody waits for what is not. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { connect } from 'node:tls'
import { certificateFor, startTlsWorld } from './tls-world.ts'

const ANSWER = Buffer.from('what a responder said')

/** What is stapled for a client that asks; it compares and verifies nothing. */
async function stapled(t: TestContext, port: number, version: 'TLSv1.2' | 'TLSv1.3', servername = 'a.test') {
  const versions = { minVersion: version, maxVersion: version }
  const options = { host: '127.0.0.1', port, servername, rejectUnauthorized: false, requestOCSP: true, ...versions }
  const socket = connect(options)
  t.after(() => socket.destroy())
  let said: Buffer | undefined
  socket.on('OCSPResponse', (response: Buffer | null) => {
    said = response ?? undefined
  })
  await once(socket, 'secureConnect')
  return said?.toString()
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
}
