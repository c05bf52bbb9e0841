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

/** A connection, the session that comes with it, also where it resumed the last one, and whether it did. */
async function visit(port: number, before: Buffer | undefined) {
  const session = before && { session: before }
  const socket: TLSSocket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...session })
  const given = once(socket, 'session') as Promise<[Buffer]>
  await once(socket, 'secureConnect')
  const resumed = socket.isSessionReused()
  const [next] = await given
  socket.destroy()
  return { next, resumed }
}

for (const { what, args, resumedAll } of [
  { what: 'shared keys', args: ['--session-ticket-keys-secret', 'app/tickets'], resumedAll: true },
  { what: 'keys of its own each', args: [], resumedAll: false },
]) {
  test(`sessions go from worker to worker and from process to process: with ${what}, ${resumedAll}`, async (t) => {
    const ports = await startReplicas(t, args)
    let session: Buffer | undefined
    const resumptions: boolean[] = []
    for (let i = 0; i < 24; i++) {
      const { next, resumed } = await visit(ports[i % 2]!, session)
      if (session !== undefined) resumptions.push(resumed)
      session = next
    }
    assert.deepEqual([...new Set(resumptions)], [resumedAll])
  })
}
