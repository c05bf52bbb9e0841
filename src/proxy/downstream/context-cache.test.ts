import assert from 'node:assert/strict'
import { once } from 'node:events'
import { duplexPair } from 'node:stream'
import { test } from 'node:test'
import { connect, TLSSocket } from 'node:tls'
import { selfSigned } from '../../lib/self-signed.ts'
import { DEFAULT_TLS } from '../../model/tls.ts'
import { ContextCache } from './context-cache.ts'
import { SessionTickets } from './session-tickets.ts'
import { compileContext } from './tls-context.ts'

const CERTIFICATE = selfSigned({ commonName: 'a', names: ['a.test'], from: 0, until: Date.UTC(2040) })

function compile() {
  const tickets = new SessionTickets()
  tickets.use([Buffer.alloc(48, 'a')])
  return compileContext({ certificates: [CERTIFICATE], tls: DEFAULT_TLS, tickets })
}

test('no more are kept than asked for, and those with a part in their key can be forgotten', () => {
  const cache = new ContextCache(3)
  for (const key of ['a,1', 'a,2', 'b,1', 'b,2']) cache.get(key, compile)
  assert.equal(cache.size, 3)
  cache.forget('b')
  assert.equal(cache.size, 1)
  const last = cache.get('a,2', () => assert.fail('it is there'))
  cache.clear()
  assert.equal(cache.size, 0)
  assert.notEqual(cache.get('a,2', compile), last)
})

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a handshake of ${version} that has begun goes on with a context that is kept no longer`, async (t) => {
    const cache = new ContextCache(3)
    const visit = async (session?: Buffer) => {
      const [ours, theirs] = duplexPair()
      const server = new TLSSocket(ours, { isServer: true, secureContext: cache.get('a', compile) })
      cache.clear()
      const versions = { minVersion: version, maxVersion: version }
      const client = connect({ socket: theirs, rejectUnauthorized: false, ...versions, ...(session && { session }) })
      t.after(() => {
        client.destroy()
        server.destroy()
      })
      await once(client, 'secureConnect')
      server.write('an answer')
      const [chunk] = await once(client, 'data')
      assert.equal(String(chunk), 'an answer')
      return { session: client.getSession(), resumed: client.isSessionReused() }
    }
    const first = await visit()
    assert.equal(first.resumed, false)
    assert.equal((await visit(first.session)).resumed, true)
  })
}
