/** Ports of TCP and UDP services, between the supervisor and its workers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import type { ClusterName } from '../../model/cluster.ts'
import { type Layer4PortSpec, layer4PortName } from '../../model/layer4-port.ts'
import type { Problem } from '../../model/problem.ts'
import { entryOf } from '../../model/snapshot.ts'
import type { PortFailure, ToWorker } from '../messages.ts'
import { Supervisor } from '../supervisor.ts'
import type { SpawnThread, ThreadEvents } from './worker-link.ts'

const SPEC: Layer4PortSpec = {
  ...{ protocol: 'TCP', port: 9000, cluster: 'data/db:5432/tcp' as ClusterName, isIntroduced: false },
  ...{ connectMs: 5000, proxyProtocol: 'off' },
  origin: { kind: 'ConfigMap', namespace: 'edge', name: 'tcp', field: 'data["9000"]' },
}
const NAME = layer4PortName(SPEC)

/** Workers that do what they are told, but for ports that they cannot open. */
function start(failures: readonly PortFailure[] = []) {
  const inboxes: ToWorker[][] = []
  const events: ThreadEvents[] = []
  const findings: (readonly Problem[])[] = []
  const spawn: SpawnThread = (_, heard) => {
    const inbox: ToWorker[] = []
    inboxes.push(inbox)
    events.push(heard)
    return {
      post: (message) => {
        inbox.push(message)
        if (message.type === 'update') heard.message({ type: 'applied', revision: message.update.revision })
        if (message.type === 'listen') heard.message({ type: 'listening', port: 8080 })
        if (message.type === 'ports') heard.message({ type: 'ports', request: message.request, failures })
      },
      terminate: () => heard.exit('terminated'),
    }
  }
  const clock = new FakeClock()
  const supervisor = new Supervisor({
    ...{ workers: 2, spawn, clock, random: () => 0, accessLog: undefined },
    log: { info() {}, error() {} },
    onFindings: (all) => findings.push(all),
    onGiveUp: (reason) => assert.fail(reason),
  })
  return { supervisor, clock, inboxes, events, findings }
}

/** Not shared: then nothing is held, and each worker finds out for itself. */
const LISTEN = { host: '127.0.0.1', port: 8080, reusePort: false }
const UPDATE = { revision: 1, upserts: [entryOf('layer4Port', NAME, SPEC)], removals: [] }

test('all workers open the ports before the start is over, and so does the successor of one that died', async () => {
  const { supervisor, clock, inboxes, events } = start()
  await supervisor.publish(UPDATE)
  await supervisor.listen(LISTEN)
  const told = (inbox: readonly ToWorker[]) => inbox.filter(({ type }) => type === 'ports')
  const message = { type: 'ports', request: 1, names: [NAME] }
  assert.deepEqual(inboxes.map(told), [[message], [message]])
  events[0]!.exit('out of memory')
  clock.advance(1_000)
  assert.deepEqual(
    inboxes[2]!.map(({ type }) => type),
    ['update', 'listen', 'ports'],
  )
  assert.deepEqual(told(inboxes[2]!), [message])
})

test('what workers cannot open is told once, on the object that asks for it', async () => {
  const { supervisor, findings } = start([{ name: NAME, code: 'EACCES', message: 'permission denied' }])
  await supervisor.publish(UPDATE)
  await supervisor.listen(LISTEN)
  const problems = findings.at(-1)!
  assert.deepEqual(
    problems.map(({ at, reason }) => [at, reason]),
    [[SPEC.origin, 'PortUnavailable']],
  )
  assert.match(problems[0]!.message, /port 9000 on 127\.0\.0\.1 may not be used: ports below 1024 need the right/)
})
