/** How many handshakes are begun. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from './harness.ts'
import { certificateFor, connectTls, startTlsWorld } from './tls-world.ts'

for (const [limit, limits] of [
  ['handshakes', { handshakes: 2 }],
  ['handshakes-per-client', { handshakesPerClient: 2 }],
] as const) {
  test(`more ${limit} than the limit are refused before they cost anything, until a second has room again`, async (t) => {
    const { proxy, https } = await startTlsWorld(t, { 'a.test': certificateFor(['a.test']) })
    proxy.settings({ limits }).apply()
    const handshake = () => connectTls(t, https.port, { servername: 'a.test' })
    await handshake()
    await handshake()
    await assert.rejects(handshake())
    await eventually('a refusal', () => proxy.sample('sluice_connections_refused', limit) === 1)
    assert.equal(proxy.sample('sluice_tls_handshakes', 'failed'), undefined)
    proxy.clock.advance(500)
    await handshake()
    await assert.rejects(handshake())
    proxy.settings({}).apply()
    for (let i = 0; i < 5; i++) await handshake()
    assert.equal(proxy.plane.connections.total(), 8)
  })
}
