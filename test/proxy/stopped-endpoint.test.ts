/** A process that is stopped (SIGSTOP) still has its port, and its kernel still takes connections and requests. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { DEFAULT_OUTLIER } from '../../src/model/cluster.ts'
import { entryOf } from '../../src/model/snapshot.ts'
import { catchAll } from './catch-all.ts'
import { get } from './harness.ts'
import type { Peer } from './peer.ts'
import { HOST, NAME, World } from './threads.ts'

/** Longer than the other one takes on a busy machine. */
const ATTEMPT_MS = 1_000
const DEADLINE_MS = 30_000
const PROGRAM = `
  const { createServer } = require('node:http')
  const server = createServer((request, response) => response.end(process.argv[1]))
  server.listen(0, '${HOST}', () => console.log(server.address().port))
`

/** Answers with its name, in a process of its own. */
async function endpoint(
  t: TestContext,
  name: string,
): Promise<{ process: ChildProcess; address: string; port: number }> {
  const child = spawn(process.execPath, ['-e', PROGRAM, name], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const [line] = await once(child.stdout, 'data')
  return { process: child, address: HOST, port: Number(line) }
}

test('attempts run out of time and go elsewhere, it is ejected, and comes back once it goes on', async (t) => {
  const [stopped, other] = [await endpoint(t, 'stopped'), await endpoint(t, 'other')]
  const world = new World(t)
  const outlier = { ...DEFAULT_OUTLIER, consecutiveFaults: 2, baseEjectionMs: 1_000, returnMs: 500 }
  await world.start({ balancer: { kind: 'round-robin' }, outlier }, [stopped, other])
  const timeouts = { connectMs: 5_000, responseGapMs: 60_000, requestMs: 0 }
  await world.publish(entryOf('virtualHost', '*', catchAll(NAME, timeouts, { attempts: 3, attemptMs: ATTEMPT_MS })))
  const clients = await world.clients()
  const until = Date.now() + DEADLINE_MS
  /** Who answers one request of each client. */
  const round = async (): Promise<string[]> => {
    assert.ok(Date.now() < until, 'too late')
    return Promise.all(clients.map(answer))
  }
  const isEjected = () => world.supervisor.endpoints()[NAME]!.endpoints[0]!.ejectedForMs > 0

  while (new Set(await round()).size < 2);
  stopped.process.kill('SIGSTOP')
  while (!isEjected()) assert.deepEqual(new Set(await round()), new Set(['other']))
  const samples = await world.supervisor.samples()
  const faults = samples.flatMap(([family, labels]) => (family === 'sluice_upstream_faults' ? [labels.at(-1)] : []))
  assert.deepEqual(new Set(faults), new Set(['attempt-timeout']))
  stopped.process.kill('SIGCONT')
  while (!(await round()).includes('stopped'));
})

async function answer(client: Peer): Promise<string> {
  client.send(get('/'))
  const { status, body } = await client.message()
  assert.equal(status, 200)
  return body
}
