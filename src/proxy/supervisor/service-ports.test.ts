import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import { type Layer4PortSpec, layer4PortName } from '../../model/layer4-port.ts'
import type { Problem } from '../../model/problem.ts'
import { entryOf, resourceKey, type Update } from '../../model/snapshot.ts'
import type { PortFailure, ToWorker } from '../messages.ts'
import { ServicePorts } from './service-ports.ts'
import { Waits } from './waits.ts'

const PLACE = { host: '127.0.0.1', isShared: true }
const TAKEN = { code: 'EADDRINUSE', message: 'taken' }

function spec(port: number): Layer4PortSpec {
  return {
    ...{ protocol: 'TCP', port, cluster: 'data/db:5432/tcp' as Layer4PortSpec['cluster'], isIntroduced: false },
    ...{ connectMs: 5000, proxyProtocol: 'off' },
    origin: { kind: 'ConfigMap', namespace: 'edge', name: 'tcp', field: `data["${port}"]` },
  }
}

const put = (...ports: readonly number[]): Update => ({
  revision: 1,
  upserts: ports.map((port) => entryOf('layer4Port', layer4PortName(spec(port)), spec(port))),
  removals: [],
})
const remove = (port: number): Update => ({
  revision: 1,
  upserts: [],
  removals: [resourceKey('layer4Port', `TCP/${port}`)],
})

/** Ports that others have, what workers cannot open, and what comes of it. */
function world() {
  const clock = new FakeClock()
  const taken = new Set<number>()
  const held = new Set<number>()
  const refused = new Set<string>()
  const told: (readonly string[])[] = []
  const state = { findings: [] as readonly Problem[] }
  const worker = {
    portsAnswered: -1,
    portFailures: [] as readonly PortFailure[],
    post(message: ToWorker): void {
      if (message.type !== 'ports') return
      told.push(message.names)
      worker.portsAnswered = message.request
      worker.portFailures = [...refused].map((name) => ({ name, ...TAKEN }))
    },
  }
  const ports = new ServicePorts({
    clock,
    hold: async ({ port }) => {
      if (taken.has(port)) throw Object.assign(new Error('taken'), TAKEN)
      held.add(port)
      return () => void held.delete(port)
    },
    workers: new Set([worker]),
    waits: new Waits(clock),
    onFindings: (findings) => {
      state.findings = findings
    },
  })
  const settled = async () => {
    for (let turn = 0; turn < 50; turn++) await Promise.resolve()
  }
  return { clock, taken, held, refused, told, state, ports, settled }
}

test('workers are told of ports once these are held, and nothing before they listen', async () => {
  const { ports, told, held } = world()
  ports.update(put(9000, 9001))
  assert.deepEqual(told, [])
  await ports.open(PLACE)
  assert.deepEqual(told, [['TCP/9000', 'TCP/9001']])
  assert.deepEqual([...held], [9000, 9001])
})

test('without any there is nothing to tell; the first ones that come are opened like others', async () => {
  const { ports, told, settled } = world()
  await ports.open(PLACE)
  assert.deepEqual(told, [])
  ports.update(put(9000))
  await settled()
  assert.deepEqual(told, [['TCP/9000']])
})

test('a port that goes is given back, and the others stay', async () => {
  const { ports, told, held, settled } = world()
  ports.update(put(9000, 9001))
  await ports.open(PLACE)
  ports.update(remove(9000))
  await settled()
  assert.deepEqual([told.at(-1), [...held]], [['TCP/9001'], [9001]])
  ports.update(put(9000))
  await settled()
  assert.deepEqual(told.at(-1), ['TCP/9001', 'TCP/9000'])
})

test('a port that is taken is told where it is asked for, and tried until it is free', async () => {
  const { ports, told, taken, state, clock, settled } = world()
  taken.add(9000)
  ports.update(put(9000, 9001))
  await ports.open(PLACE)
  assert.deepEqual(told, [['TCP/9001']])
  assert.deepEqual(state.findings, [
    {
      at: spec(9000).origin,
      severity: 'error',
      reason: 'PortUnavailable',
      message: 'port 9000 on 127.0.0.1 is taken: another program listens there; it is tried again',
    },
  ])
  taken.clear()
  clock.advance(5_000)
  await settled()
  assert.deepEqual([told.at(-1), state.findings], [['TCP/9001', 'TCP/9000'], []])
})

test('a port that a worker cannot open is told once, and the workers are asked again', async () => {
  const { ports, told, refused, state, clock, settled } = world()
  refused.add('TCP/9000')
  ports.update(put(9000))
  await ports.open(PLACE)
  assert.equal(state.findings.length, 1)
  refused.clear()
  clock.advance(5_000)
  await settled()
  assert.deepEqual([told.length, state.findings], [2, []])
})

test('a complaint about a port goes with the port', async () => {
  const { ports, taken, state, settled } = world()
  taken.add(9000)
  ports.update(put(9000))
  await ports.open(PLACE)
  ports.update(remove(9000))
  await settled()
  assert.deepEqual(state.findings, [])
})

test('after the end nothing is tried any more', async () => {
  const { ports, told, taken, clock, settled } = world()
  taken.add(9000)
  ports.update(put(9000))
  await ports.open(PLACE)
  ports.stop()
  clock.advance(60_000)
  await settled()
  assert.equal(told.length, 1)
})
