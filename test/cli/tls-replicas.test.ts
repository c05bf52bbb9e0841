/** Two processes with two workers each, as replicas are: clients do not notice which of them they meet. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { serveBy } from './backend.ts'
import { Sluice } from './sluice.ts'

const KEYS = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'tickets', namespace: 'app' },
  data: { 1: Buffer.alloc(48, 'a').toString('base64'), 2: Buffer.alloc(48, 'b').toString('base64') },
}

async function startReplicas(t: TestContext, args: readonly string[]) {
  const served = await serveBy((_request, response) => response.end())
  t.after(served.close)
  writeFileSync(join(served.manifests, 'tickets.json'), JSON.stringify(KEYS))
  const start = () => Sluice.serving(['--manifests', served.manifests, '--workers', '2', ...args])
  const replicas = await Promise.all([start(), start()])
  t.after(() => Promise.all(replicas.map((replica) => replica.stop())))
  return replicas.map(({ https }) => https)
}

type Version = 'TLSv1.2' | 'TLSv1.3'

/** A connection, the session that comes with it, also where it resumed the last one, and whether it did. */
async function visit(port: number, version: Version, before: Buffer | undefined) {
  const versions = { minVersion: version, maxVersion: version }
  const session = before && { session: before }
  const socket: TLSSocket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...versions, ...session })
  const given = version === 'TLSv1.3' ? (once(socket, 'session') as Promise<[Buffer]>) : undefined
  await once(socket, 'secureConnect')
  const resumed = socket.isSessionReused()
  // Before TLS 1.3 it comes within the handshake.
  const next = given === undefined ? socket.getSession()! : (await given)[0]
  socket.destroy()
  return { next, resumed }
}

/** How many of so many connections, by turns to two processes of two workers each, resumed the session before. */
async function resumptions(ports: readonly number[], version: Version, count: number): Promise<number> {
  let resumed = 0
  let { next } = await visit(ports[1]!, version, undefined)
  for (let i = 0; i < count; i++) {
    const visited = await visit(ports[i % 2]!, version, next)
    if (visited.resumed) resumed++
    next = visited.next
  }
  return resumed
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`250 sessions of ${version}, from worker to worker and from process to process: all are resumed`, async (t) => {
    const ports = await startReplicas(t, ['--session-ticket-keys-secret', 'app/tickets'])
    assert.equal(await resumptions(ports, version, 250), 250)
  })
}

test('processes with keys of their own resume no session of each other', async (t) => {
  const ports = await startReplicas(t, [])
  assert.equal(await resumptions(ports, 'TLSv1.3', 20), 0)
})
