/** Certificates of clients: who is let in, what the backend hears of it, and that nothing gets in by a side door. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectH2 } from 'node:http2'
import { type TestContext, test } from 'node:test'
import type { ConnectionOptions } from 'node:tls'
import type { AuthorityName, AuthoritySpec, CertificateName } from '../../src/model/certificate.ts'
import type { FilterSpec } from '../../src/model/filter.ts'
import { answering } from './harness.ts'
import { TestAuthority } from './pki.ts'
import { certificateFor, connectTls, startTlsWorld, type TlsPeer } from './tls-world.ts'

const ROOT = new TestAuthority('Root')
const BELOW = new TestAuthority('Below', ROOT)
const DEEPER = new TestAuthority('Deeper', BELOW)
const GOOD = ROOT.issue({ commonName: 'app,1', organization: 'Müller', dns: ['app.test'], uris: ['spiffe://shop/app'] })
const STRANGER = new TestAuthority('Stranger').issue({ commonName: 'app' })
const EXPIRED = ROOT.issue({ commonName: 'late', until: Date.now() - 1000 })
const LONG = DEEPER.issue({ commonName: 'deep' })
const LONG_CHAIN = { cert: LONG.chain + DEEPER.chain + BELOW.chain, key: LONG.key }

const shows = ({ chain, key }: { readonly chain: string; readonly key: string }) => ({ cert: chain, key })

type ClientFilter = Extract<FilterSpec, { kind: 'client-certificate' }>

interface Asked extends Partial<ClientFilter> {
  readonly authority?: AuthoritySpec
  readonly maxIntermediates?: number
}

/** `a.test` asks for certificates, `b.test` does not; both have the same one of their own. */
async function startAsking(t: TestContext, asked: Asked = {}) {
  const world = await startTlsWorld(t, { 'a.test': certificateFor(['a.test', 'b.test']) })
  answering(world.backend)
  const ask = ({ authority = { ca: [ROOT.chain], crl: [] }, maxIntermediates = 1, ...change }: Asked, id = 'first') => {
    const name = 'shop/ca' as AuthorityName
    const filter: ClientFilter = {
      ...{ kind: 'client-certificate', verifiedBy: id, mode: 'required', subject: '*', names: [], forward: false },
      ...change,
    }
    const certificates = ['shop/a.test' as CertificateName]
    return world.proxy
      .authority(name, authority)
      .serverName('a.test', { certificates, clientAuth: { authority: name, id, maxIntermediates } })
      .serverName('b.test', { certificates })
      .route({ host: 'a.test', filters: [filter] })
      .apply()
  }
  ask(asked)
  const connect = (options: ConnectionOptions = {}) =>
    connectTls(t, world.https.port, { servername: 'a.test', ...options })
  const status = async (options: ConnectionOptions = {}, host = 'a.test') =>
    (await send(await connect(options), host)).status
  return { ...world, ask, connect, status }
}

async function send(client: TlsPeer, host = 'a.test', ...lines: readonly string[]) {
  client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`)
  return await client.message()
}

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`who shows a good certificate by ${maxVersion} is let in, and others are told why not`, async (t) => {
    const { proxy, status } = await startAsking(t)
    assert.equal(await status({ maxVersion, ...shows(GOOD) }), 200)
    assert.equal(await status({ maxVersion }), 400)
    assert.equal(proxy.log.at(-1)!.fault, 'client-certificate-missing')
    for (const bad of [STRANGER, EXPIRED]) {
      assert.equal(await status({ maxVersion, ...shows(bad) }), 400)
      assert.equal(proxy.log.at(-1)!.fault, 'client-certificate-invalid')
    }
  })
}

test('an optional one may be missing, but not be bad; an unverified one is for the backend to judge', async (t) => {
  const { status, ask } = await startAsking(t, { mode: 'optional' })
  assert.deepEqual([await status(), await status(shows(GOOD)), await status(shows(STRANGER))], [200, 200, 400])
  ask({ mode: 'unverified' })
  assert.deepEqual([await status(), await status(shows(GOOD)), await status(shows(STRANGER))], [200, 200, 200])
})

test('backends hear of it, and clients cannot say it themselves, not on any host', async (t) => {
  const { backend, connect, ask } = await startAsking(t, { forward: true })
  const seen: string[] = []
  backend.answer = ({ fields }) => {
    seen.push(
      [...fields]
        .filter(([name]) => name.startsWith('ssl-'))
        .map((field) => field.join(': '))
        .join('\n'),
    )
    return 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
  }
  const forged = ['SSL-Client-Verify', 'ssl-client-cert', 'ssl-client-subject-dn', 'ssl-client-issuer-dn'].map(
    (name) => `${name}: x`,
  )
  await send(await connect(shows(GOOD)), 'a.test', ...forged)
  const lines = seen.pop()!.split('\n')
  assert.deepEqual(lines.slice(0, 3), [
    'ssl-client-verify: SUCCESS',
    'ssl-client-subject-dn: CN=app\\,1,O=M\\C3\\BCller',
    'ssl-client-issuer-dn: CN=Root',
  ])
  assert.equal(decodeURIComponent(lines[3]!.replace('ssl-client-cert: ', '')).trim(), GOOD.chain.trim())
  await send(await connect({ servername: 'b.test' }), 'b.test', ...forged)
  assert.equal(seen.pop(), '')
  ask({ mode: 'unverified' })
  await send(await connect(), 'a.test', ...forged)
  assert.equal(seen.pop(), 'ssl-client-verify: NONE')
  await send(await connect(shows(STRANGER)))
  assert.match(
    seen.pop()!,
    /^ssl-client-verify: FAILED:\w.*\nssl-client-subject-dn: CN=app\nssl-client-issuer-dn: CN=Stranger$/,
  )
})

test('by HTTP/2 it is the same', async (t) => {
  const { proxy, backend, https } = await startAsking(t)
  const seen: (string | undefined)[] = []
  backend.answer = ({ fields }) => {
    seen.push(fields.get('ssl-client-verify'), fields.get('ssl-client-cert'))
    return 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
  }
  const status = async (authority: string, options: ConnectionOptions) => {
    const session = connectH2(`https://127.0.0.1:${https.port}`, { rejectUnauthorized: false, ...options })
    t.after(() => session.destroy())
    const forged = { 'ssl-client-verify': 'SUCCESS', 'ssl-client-cert': 'x' }
    const [fields] = await once(session.request({ ':path': '/', ':authority': authority, ...forged }), 'response')
    return fields[':status']
  }
  assert.equal(await status('a.test', { servername: 'a.test', ...shows(GOOD) }), 200)
  assert.deepEqual(seen, ['SUCCESS', undefined])
  assert.equal(await status('a.test', { servername: 'a.test' }), 400)
  assert.equal(await status('a.test', { servername: 'b.test', ...shows(GOOD) }), 421)
  assert.equal(proxy.log.at(-1)!.fault, 'misdirected')
})

for (const { asked, expected } of [
  { asked: { subject: 'CN=app*,O=*' }, expected: 200 },
  { asked: { subject: 'CN=web*' }, expected: 403 },
  { asked: { names: ['*.test'] }, expected: 200 },
  { asked: { names: ['web.test', 'spiffe://shop/*'] }, expected: 200 },
  { asked: { names: ['web.test', 'spiffe://other/*'] }, expected: 403 },
] as const) {
  test(`a good one is answered ${expected} where ${JSON.stringify(asked)} is asked for`, async (t) => {
    const { status } = await startAsking(t, asked)
    assert.equal(await status(shows(GOOD)), expected)
  })
}

test('a chain may be as long as is allowed', async (t) => {
  const { status, ask } = await startAsking(t, { maxIntermediates: 1 })
  assert.equal(await status(LONG_CHAIN), 400)
  ask({ maxIntermediates: 2 }, 'second')
  assert.equal(await status(LONG_CHAIN), 200)
  ask({ maxIntermediates: 0 }, 'third')
  assert.equal(await status(shows(GOOD)), 200)
})

test('a revoked one is refused from the next handshake on, and an open connection is not for use any more', async (t) => {
  const { connect, status, ask } = await startAsking(t)
  const open = await connect(shows(GOOD))
  assert.equal((await send(open)).status, 200)
  // The authority itself is the first that it signed, then the one below it.
  ask({ authority: { ca: [ROOT.chain], crl: [ROOT.revoke(3)] } }, 'second')
  assert.equal(await status(shows(GOOD)), 400)
  assert.equal((await send(open)).status, 421)
  ask({ authority: { ca: [ROOT.chain], crl: [ROOT.revoke(99)] } }, 'third')
  assert.equal(await status(shows(GOOD)), 200)
})

test('a connection for another host, or for none, authorises nothing', async (t) => {
  const { proxy, backend, status } = await startAsking(t)
  assert.equal(await status({ servername: 'b.test' }, 'b.test'), 200)
  const before = backend.connections.length
  for (const servername of ['b.test', 'nobody.test', '']) {
    assert.equal(await status({ servername, ...shows(GOOD) }), 421)
    assert.equal(proxy.log.at(-1)!.fault, 'misdirected')
  }
  assert.equal(await status(shows(GOOD), 'b.test'), 421, 'what was shown is for its host alone')
  assert.equal(backend.connections.length, before)
})

test('clear text shows nothing', async (t) => {
  const { proxy, ask } = await startAsking(t)
  const client = await proxy.connect()
  client.send('GET / HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-Proto: https\r\n\r\n')
  assert.equal((await client.message()).status, 400)
  ask({ mode: 'optional' })
  const another = await proxy.connect()
  another.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
  assert.equal((await another.message()).status, 200)
})

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`no session of ${version} stands in for a certificate`, async (t) => {
    const { connect } = await startAsking(t)
    const options = { minVersion: version, maxVersion: version }
    for (const [servername, shown] of [
      ['b.test', {}],
      ['a.test', shows(GOOD)],
    ] as const) {
      const first = await connect({ servername, ...options, ...shown })
      let session: Buffer | undefined
      first.socket.on('session', (given) => {
        session = given
      })
      await send(first, servername)
      const again = await connect({ ...options, ...(session && { session }) })
      assert.equal(again.socket.isSessionReused(), false)
      assert.equal((await send(again)).status, 400)
    }
  })
}

test('an authority that is not there vouches for nobody', async (t) => {
  const { status, ask } = await startAsking(t)
  ask({ authority: { ca: [], crl: [] } }, 'second')
  assert.equal(await status(shows(GOOD)), 400)
})
