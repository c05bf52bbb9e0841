import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { SystemClock } from '../../src/lib/clock.ts'
import type { Update } from '../../src/model/snapshot.ts'
import { probePort } from '../../src/proxy/supervisor/port.ts'
import type { WorkerThread } from '../../src/proxy/supervisor/worker-link.ts'
import { Supervisor, threads } from '../../src/proxy/supervisor.ts'
import { ask } from './backend.ts'

const HOST = '127.0.0.1'
const BROKEN = {
  host: 'app.test',
  routes: [
    {
      id: 'r',
      match: { path: { kind: 'prefix', value: '/' } },
      filters: [],
      action: { kind: 'reply', status: 503, reason: 'route-broken' },
      origin: { kind: 'Ingress', namespace: 'app', name: 'app' },
    },
  ],
}
const UPDATE: Update = {
  revision: 1,
  upserts: [['virtualHost/app.test', JSON.stringify(BROKEN)]],
  removals: [],
}

test('when a real worker dies, its successor serves the same table and counting goes on', async (t) => {
  const spawned: WorkerThread[] = []
  const spawn = threads(16)
  const supervisor = new Supervisor({
    workers: 1,
    spawn: (data, events) => {
      const thread = spawn(data, events)
      spawned.push(thread)
      return thread
    },
    clock: new SystemClock(),
    random: () => 0,
    log: { info() {}, error() {} },
    accessLog: undefined,
    onFindings: () => {},
    onGiveUp: (reason) => assert.fail(reason),
  })
  t.after(() => supervisor.drain(0))
  const port = await probePort(HOST, 0)
  await supervisor.publish(UPDATE)
  await supervisor.listen({ host: HOST, port, reusePort: process.platform === 'linux' })
  assert.equal((await ask({ port })).status, 503)
  assert.equal(await requestsCounted(supervisor), 1)

  spawned[0]!.terminate()
  while (supervisor.deaths === 0 || supervisor.listening === 0) await pause(10)
  assert.equal((await ask({ port })).status, 503)
  assert.equal(await requestsCounted(supervisor), 2)
  assert.equal(spawned.length, 2)
})

async function requestsCounted(supervisor: Supervisor): Promise<number> {
  const samples = await supervisor.samples()
  return samples.reduce((sum, [family, , value]) => (family === 'sluice_requests' ? sum + Number(value) : sum), 0)
}
