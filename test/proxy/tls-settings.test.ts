/** What holds for one host alone: types of keys, versions, ciphers, groups; and that sessions do not carry over. */
import assert from 'node:assert/strict'
import { Duplex } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { type ConnectionOptions, connect } from 'node:tls'
import type { CertificateName } from '../../src/model/certificate.ts'
import { DEFAULT_TLS, type TlsSpec } from '../../src/model/tls.ts'
import { answering, eventually, get, turn } from './harness.ts'
import { connectTo, Peer } from './peer.ts'
import { certificateFor, connectTls, startTlsWorld, type TlsPeer } from './tls-world.ts'

const A = certificateFor(['a.test'])
const RSA = certificateFor(['a.test'], 2, 'rsa')
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const

/** `a.test` by the usual settings, `b.test` by these, with the same certificate. */
async function startWith(t: TestContext, change: Partial<TlsSpec>) {
  const world = await startTlsWorld(t, { 'a.test': A })
  const tls = { ...DEFAULT_TLS, ...change }
  world.proxy.serverName('b.test', { certificates: ['shop/a.test' as CertificateName], tls }).apply()
  answering(world.backend)
  return world
}

for (const maxVersion of VERSIONS) {
  test(`of certificates with two types of keys a client of ${maxVersion} gets one that it can verify`, async (t) => {
    const { proxy, https } = await startTlsWorld(t, { 'a.test': A })
    const certificates = ['shop/rsa', 'shop/a.test'] as CertificateName[]
    proxy.certificate('shop/rsa', RSA).serverName('a.test', { certificates }).apply()
    const shownTo = async (options: ConnectionOptions) =>
      (await connectTls(t, https.port, { servername: 'a.test', maxVersion, ...options })).shown
    assert.equal(await shownTo({ sigalgs: 'ecdsa_secp256r1_sha256' }), 'a.test 1')
    assert.equal(await shownTo({ sigalgs: 'rsa_pss_rsae_sha256' }), 'a.test 2')
    const both = await shownTo({})
    for (let i = 0; i < 5; i++) assert.equal(await shownTo({}), both, 'always the same one')
  })
}

test('a new certificate of one type leaves that of the other as it was', async (t) => {
  const { proxy, https } = await startTlsWorld(t, { 'a.test': A })
  const certificates = ['shop/a.test', 'shop/rsa'] as CertificateName[]
  proxy.certificate('shop/rsa', RSA).serverName('a.test', { certificates }).apply()
  const shownTo = async (sigalgs: string) => (await connectTls(t, https.port, { servername: 'a.test', sigalgs })).shown
  assert.equal(await shownTo('rsa_pss_rsae_sha256'), 'a.test 2')
  proxy.certificate('shop/rsa', certificateFor(['a.test'], 3, 'rsa')).apply()
  assert.equal(await shownTo('rsa_pss_rsae_sha256'), 'a.test 3')
  assert.equal(await shownTo('ecdsa_secp256r1_sha256'), 'a.test 1')
})

test('a version is refused by the host that does not speak it, and by no other', async (t) => {
  const { https } = await startWith(t, { versions: ['1.3'] })
  await assert.rejects(connectTls(t, https.port, { servername: 'b.test', maxVersion: 'TLSv1.2' }))
  assert.equal((await connectTls(t, https.port, { servername: 'b.test' })).socket.getProtocol(), 'TLSv1.3')
  const other = await connectTls(t, https.port, { servername: 'a.test', maxVersion: 'TLSv1.2' })
  assert.equal(other.socket.getProtocol(), 'TLSv1.2')
})

test('ciphers of one version leave those of the other as they are', async (t) => {
  const { https } = await startWith(t, { ciphers: ['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-AES128-SHA'] })
  const cipher = async (options: ConnectionOptions) =>
    (await connectTls(t, https.port, { servername: 'b.test', ...options })).socket.getCipher().name
  assert.equal(await cipher({ maxVersion: 'TLSv1.2' }), 'ECDHE-ECDSA-AES256-GCM-SHA384')
  assert.equal(await cipher({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }), 'ECDHE-ECDSA-AES128-SHA')
  assert.equal(await cipher({}), 'TLS_AES_128_GCM_SHA256')
})

test('the group of a host is the one that it asks for', async (t) => {
  const { https } = await startWith(t, { curves: ['P-384'] })
  const { socket } = await connectTls(t, https.port, { servername: 'b.test' })
  assert.equal((socket.getEphemeralKeyInfo() as { name?: string }).name, 'secp384r1')
  await assert.rejects(connectTls(t, https.port, { servername: 'b.test', ecdhCurve: 'X25519' }))
})

test('settings for the whole proxy hold for hosts without their own, from the next handshake on', async (t) => {
  const { proxy, https } = await startWith(t, {})
  const old = { maxVersion: 'TLSv1.2' } as const
  await connectTls(t, https.port, { servername: 'a.test', ...old })
  proxy.settings({ tls: { ...DEFAULT_TLS, versions: ['1.3'] } }).apply()
  for (const servername of ['a.test', 'nobody.test', '']) {
    await assert.rejects(connectTls(t, https.port, { servername, ...old }))
  }
  await connectTls(t, https.port, { servername: 'b.test', ...old })
})

for (const version of VERSIONS) {
  test(`a session of ${version} is resumed where the same settings hold, and nowhere else`, async (t) => {
    const { proxy, https } = await startWith(t, { curves: ['P-256'] })
    proxy.serverName('same.test', { certificates: ['shop/a.test' as CertificateName] }).apply()
    const options = { minVersion: version, maxVersion: version }
    const session = await sessionOf(await connectTls(t, https.port, { servername: 'a.test', ...options }))
    const reused = async (servername: string) =>
      (await connectTls(t, https.port, { servername, ...options, session })).socket.isSessionReused()
    assert.equal(await reused('b.test'), false)
    assert.equal(await reused('a.test'), true)
  })
}

test('a hello that comes in the smallest parts is understood', async (t) => {
  const { https } = await startWith(t, {})
  const raw = await connectTo(t, https.port)
  raw.socket.setNoDelay(true)
  raw.socket.pause()
  const drops = new Duplex({
    read: () => raw.socket.resume(),
    write: async (chunk: Buffer, _encoding, done) => {
      for (const byte of chunk.subarray(0, 700)) {
        raw.socket.write(Buffer.of(byte))
        await turn()
      }
      raw.socket.write(chunk.subarray(700), () => done())
    },
  })
  raw.socket.on('data', (chunk) => drops.push(chunk))
  const socket = connect({ socket: drops, servername: 'a.test', rejectUnauthorized: false })
  t.after(() => socket.destroy())
  const client = new Peer(socket)
  client.send(get())
  assert.equal((await client.message()).status, 200)
})

test('a hello without an end is cut off at its bound', async (t) => {
  const { proxy, https } = await startWith(t, {})
  const client = await connectTo(t, https.port)
  const head = Buffer.of(22, 3, 1, 0, 5, 1, 0, 0x3f, 0xf0, 3)
  const more = Buffer.of(22, 3, 1, 0, 1, 0)
  client.socket.write(Buffer.concat([head, ...Array.from({ length: 4000 }, () => more)]))
  await client.atEnd()
  await eventually('a failure', () => proxy.sample('sluice_tls_handshakes', 'failed') === 1)
})

/** What a client resumes by. */
async function sessionOf(client: TlsPeer): Promise<Buffer> {
  let given: Buffer | undefined
  client.socket.on('session', (session) => {
    given = session
  })
  client.send(get())
  await client.message()
  return given ?? client.socket.getSession()!
}
