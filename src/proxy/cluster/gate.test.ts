import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import { seededRandom } from '../../lib/random.ts'
import { type LimitsSpec, NO_LIMITS } from '../../model/cluster.ts'
import { EndpointStats, endpointMemory } from '../shared/endpoint-stats.ts'
import type { Endpoint } from '../types.ts'
import { Gate, hasRoom } from './gate.ts'

const LIMITS: LimitsSpec = { requests: 4, requestsPerEndpoint: 2, pending: 2, pendingMs: 1_000 }
const SEED = 11
const NOBODY = { called: () => false, expired() {} }

/** A gate in each of some workers, before the same service. */
function setUp(workers = 2, limits: LimitsSpec | undefined = LIMITS) {
  const clock = new FakeClock()
  const memory = endpointMemory(workers, 1)
  const random = seededRandom(SEED)
  return Array.from({ length: workers }, (_, worker) => {
    const row = new EndpointStats(memory, worker).service(0)
    const gate = new Gate({ clock, random, row: () => row })
    gate.configure({ limits })
    return { gate, row, clock }
  })
}

test('a service gets as many at a time as it may, from all workers together', () => {
  const [a, b] = setUp() as [ReturnType<typeof setUp>[0], ReturnType<typeof setUp>[0]]
  for (let n = 0; n < 4; n++) {
    assert.deepEqual([a.gate.isOpen, b.gate.isOpen], [true, true])
    ;(n % 2 === 0 ? a : b).row.enter(false)
  }
  assert.deepEqual([a.gate.isOpen, b.gate.isOpen], [false, false])
  a.row.leave(false)
  assert.equal(b.gate.isOpen, true)
})

test('an endpoint gets as many as it may', () => {
  const [{ gate }] = setUp(1) as [ReturnType<typeof setUp>[0]]
  const busy = (inFlight: number) => ({ inFlight, ownInFlight: inFlight }) as Endpoint
  assert.deepEqual([gate.takes(busy(1)), gate.takes(busy(2))], [true, false])
  gate.configure({ requestsOfWorker: 1 })
  assert.deepEqual([gate.takes(busy(0)), gate.takes(busy(1))], [true, false])
})

test('so many wait, in all workers together, and nobody overtakes them', () => {
  const [a, b] = setUp() as [ReturnType<typeof setUp>[0], ReturnType<typeof setUp>[0]]
  assert.equal(typeof a.gate.wait(NOBODY, false), 'function')
  assert.equal(a.gate.isOpen, false, 'there is room, for who waits')
  const leave = b.gate.wait(NOBODY, false)
  assert.equal(a.gate.wait(NOBODY, false), 'service-overloaded')
  assert.equal(b.gate.wait(NOBODY, false), 'service-overloaded')
  if (typeof leave === 'function') leave()
  assert.equal(typeof a.gate.wait(NOBODY, false), 'function')
})

test('who waits for room waits for its time', () => {
  const [{ gate, clock }] = setUp(1) as [ReturnType<typeof setUp>[0]]
  const told: string[] = []
  gate.wait({ called: () => false, expired: (code) => told.push(code) }, false)
  clock.advance(990)
  assert.deepEqual(told, [])
  clock.advance(10)
  assert.deepEqual(told, ['queue-timeout'])
  const series = [...gate.samples(['shop', 'web', '80'])]
  assert.deepEqual(series, [
    ['sluice_service_requests_waiting', ['shop', 'web', '80'], 0],
    ['sluice_service_requests_waited', ['shop', 'web', '80'], 1],
    ['sluice_service_requests_refused', ['shop', 'web', '80', 'queue-timeout'], 1],
  ])
})

test('without holding nobody waits for a first endpoint', () => {
  const [{ gate }] = setUp(1) as [ReturnType<typeof setUp>[0]]
  assert.equal(gate.wait(NOBODY, true), 'no-endpoint')
  gate.configure({ holding: { requests: 1, ms: 1_000 } })
  assert.equal(typeof gate.wait(NOBODY, true), 'function')
  assert.equal(gate.wait(NOBODY, true), 'no-endpoint')
})

test('without limits everybody may', () => {
  const [{ gate, row }] = setUp(1, NO_LIMITS) as [ReturnType<typeof setUp>[0]]
  for (let n = 0; n < 1_000; n++) row.enter(false)
  assert.equal(gate.isOpen, true)
})

test(`where requests wait in several workers each comes to its part of a limit (seed ${SEED})`, () => {
  for (const most of [1, 2, 5, 9]) {
    const sides = setUp(2, { ...LIMITS, requests: most })
    const random = seededRandom(SEED)
    const served = [0, 0]
    for (const { row } of sides) row.join()
    const rounds = 4_000
    for (let round = 0; round < rounds; round++) {
      // The first worker always asks first, and what it has ends as often as what the other one has.
      for (const [n, { row }] of sides.entries()) {
        while (hasRoom(row, { most, contenders: row.othersWaiting, random })) {
          row.enter(false)
          served[n]!++
        }
      }
      for (const { row } of sides) if (row.ownInFlight > 0) row.leave(false)
    }
    assert.ok(served[1]! > 0.3 * served[0]!, `${served} of a limit of ${most}`)
  }
})
