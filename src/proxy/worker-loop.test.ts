import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Update } from '../model/snapshot.ts'
import type { FromWorker } from './messages.ts'
import { type DataPlane, WorkerLoop } from './worker-loop.ts'

const UPDATE: Update = { revision: 3, upserts: [], removals: [] }

const OFFENDER = { limit: 'shop/fair/all', key: [['client', '192.0.2.1']], refused: 3, error: 0 } as const

function setUp(overrides: Partial<DataPlane> = {}) {
  const sent: FromWorker[] = []
  const calls: string[] = []
  const dataPlane: DataPlane = {
    apply: ({ revision }) => void calls.push(`apply ${revision}`),
    listen: ({ port }) => Promise.resolve(port),
    openPorts: async (names) => names.map((name) => ({ name, code: 'EADDRINUSE', message: 'taken' })),
    retire: () => void calls.push('retire'),
    drain: async (deadlineMs) => void calls.push(`drain ${deadlineMs}`),
    offenders: () => [OFFENDER],
    samples: () => [['sluice_connections_accepted', [], 1]],
    ...overrides,
  }
  const accessLog = {
    dropped: 7,
    flush: () => void calls.push('flush'),
    settled: (written: boolean) => void calls.push(`settled ${written}`),
  }
  const loop = new WorkerLoop({ dataPlane, accessLog, post: (message) => sent.push(message) })
  return { loop, sent, calls }
}

const turn = () => new Promise((resolve) => queueMicrotask(() => queueMicrotask(() => resolve(undefined))))

test('an update is acknowledged after it was applied', () => {
  const { loop, sent, calls } = setUp()
  loop.receive({ type: 'update', update: UPDATE, grants: { rows: [], limits: [], canaries: [] } })
  assert.deepEqual(calls, ['apply 3'])
  assert.deepEqual(sent, [{ type: 'applied', revision: 3 }])
})

test('an update that throws is rejected with its reason, and the worker lives', () => {
  const { loop, sent } = setUp({
    apply() {
      throw new Error('defect')
    },
  })
  loop.receive({ type: 'update', update: UPDATE, grants: { rows: [], limits: [], canaries: [] } })
  const [answer] = sent
  assert.ok(answer?.type === 'rejected')
  assert.equal(answer.revision, 3)
  assert.match(answer.message, /defect/)
})

test('whom limits refuse is told with the number of the question', () => {
  const { loop, sent } = setUp()
  loop.receive({ type: 'offenders', request: 4 })
  assert.deepEqual(sent, [{ type: 'offenders', request: 4, offenders: [OFFENDER] }])
})

test('the port that is listened on is reported, and so is the reason why not', async () => {
  const spec = { host: '127.0.0.1', port: 8080, reusePort: true }
  const well = setUp()
  well.loop.receive({ type: 'listen', listen: spec })
  const ill = setUp({ listen: () => Promise.reject(new Error('no such address')) })
  ill.loop.receive({ type: 'listen', listen: spec })
  await turn()
  assert.deepEqual(well.sent, [{ type: 'listening', port: 8080 }])
  assert.ok(ill.sent[0]?.type === 'failed')
  assert.match(ill.sent[0].message, /no such address/)
})

test('metrics hold what the data plane counted and the lines the log lost', () => {
  const { loop, sent } = setUp()
  loop.receive({ type: 'metrics', request: 5 })
  const samples = [
    ['sluice_connections_accepted', [], 1],
    ['sluice_access_log_dropped_lines', [], 7],
  ]
  assert.deepEqual(sent, [{ type: 'metrics', request: 5, samples }])
})

test('the last lines leave before a drain is reported', async () => {
  const { loop, sent, calls } = setUp()
  loop.receive({ type: 'retire' })
  loop.receive({ type: 'drain', deadlineMs: 100 })
  await turn()
  assert.deepEqual(calls, ['retire', 'drain 100', 'flush'])
  assert.deepEqual(sent, [{ type: 'drained' }])
})

test('the log hears what became of its batches', () => {
  const { loop, calls } = setUp()
  loop.receive({ type: 'logged', written: false })
  assert.deepEqual(calls, ['settled false'])
})
