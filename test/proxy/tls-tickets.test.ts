/** Keys of session tickets: shared by processes, and rotated without more than one full handshake for each client. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { TestProxy } from './harness.ts'
import { answering, get } from './harness.ts'
import { certificateFor, connectTls, httpsSpec, startTlsWorld } from './tls-world.ts'

const A = certificateFor(['a.test'])
const key = (letter: string) => Buffer.alloc(48, letter).toString('base64')
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const
type Version = (typeof VERSIONS)[number]

/** Two processes, each with a key of its own. */
async function startReplicas(t: TestContext) {
  const replicas = await Promise.all(
    ['x', 'y'].map(async (letter) => {
      const https = await httpsSpec(Buffer.alloc(48, letter))
      const world = await startTlsWorld(t, { 'a.test': A }, {}, https)
      answering(world.backend)
      return world
    }),
  )
  const share = (...keys: readonly string[]) => {
    for (const { proxy } of replicas) proxy.ticketKeys(keys).apply()
  }
  return { replicas, share }
}

/** Takes each session once, as browsers do. */
class Visitor {
  readonly #t: TestContext
  readonly #version: Version
  #session: Buffer | undefined

  constructor(t: TestContext, version: Version) {
    this.#t = t
    this.#version = version
  }

  /** Whether the session of the last visit was resumed; takes the next one along, which comes with that as well. */
  async resumes({ https }: { readonly proxy: TestProxy; readonly https: { readonly port: number } }): Promise<boolean> {
    const versions = { minVersion: this.#version, maxVersion: this.#version }
    const session = this.#session && { session: this.#session }
    const client = await connectTls(this.#t, https.port, { servername: 'a.test', ...versions, ...session })
    client.send(get())
    await client.message()
    // The last that came: with the handshake, or before the answer.
    const next = client.socket.getSession()
    this.#session = session !== undefined && next?.equals(session.session) === true ? undefined : next
    const reused = client.socket.isSessionReused()
    client.end()
    return reused
  }
}

for (const version of VERSIONS) {
  test(`a session of ${version} is resumed by another process where keys are shared, and not where they are not`, async (t) => {
    const { replicas, share } = await startReplicas(t)
    const [one, two] = replicas as [(typeof replicas)[0], (typeof replicas)[0]]
    const visitor = new Visitor(t, version)
    assert.deepEqual([await visitor.resumes(one), await visitor.resumes(one)], [false, true])
    assert.equal(await visitor.resumes(two), false)
    share(key('a'))
    assert.equal(await visitor.resumes(one), false, 'keys are others now')
    for (let i = 0; i < 4; i++) assert.equal(await visitor.resumes(replicas[i % 2]!), true)
    share()
    assert.equal(await visitor.resumes(one), false)
  })

  test(`a rotation in steps costs a client of ${version} no full handshake after its first one`, async (t) => {
    const { replicas, share } = await startReplicas(t)
    share(key('a'))
    const visitor = new Visitor(t, version)
    let full = 0
    for (const keys of [['a'], ['a', 'b'], ['b', 'a'], ['b'], ['b', 'c'], ['c', 'b']]) {
      share(...keys.map(key))
      for (const replica of replicas) if (!(await visitor.resumes(replica))) full++
    }
    assert.equal(full, 1)
    const fresh = new Visitor(t, version)
    await fresh.resumes(replicas[0]!)
    share(key('c'))
    assert.equal(await fresh.resumes(replicas[1]!), true, 'the first of the keys seals')
  })
}
