import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import { type Sums, seal } from './message.ts'
import { Peers, type PeersInit } from './peers.ts'

const KEY = Buffer.alloc(32, 7)

/** Replicas on a network without delay, which loses what a test says. */
class World {
  readonly clock = new FakeClock()
  readonly inboxes: ((datagram: Buffer) => void)[] = []
  readonly warnings: unknown[] = []
  sent: Buffer[] = []
  loses = (_from: number, _to: number): boolean => false

  replica(sums: () => Sums, more: Partial<PeersInit> = {}): Peers {
    const own = this.inboxes.length
    this.inboxes.push(() => {})
    return new Peers({
      clock: this.clock,
      log: { warn: (fields) => this.warnings.push(fields) },
      socket: {
        send: (datagram, { port }) => {
          this.sent.push(datagram)
          if (!this.loses(own, port)) this.inboxes[port]?.(datagram)
        },
        receive: (take) => {
          this.inboxes[own] = take
        },
        close: () => {
          this.inboxes[own] = () => {}
        },
      },
      key: KEY,
      self: `replica-${own}`,
      roster: () => this.inboxes.flatMap((_, port) => (port === own ? [] : [{ address: '127.0.0.1', port }])),
      sums,
      onRound: () => {},
      ...more,
    })
  }
}

const nothing = () => new Map()
const one = (value: number) => () => new Map([['x', [value]]])

test('everybody hears what everybody else says, and not itself', () => {
  const world = new World()
  const [a, b, c] = [1, 2, 3].map((value) => world.replica(one(value)))
  world.clock.advance(1_000)
  assert.deepEqual(
    [a!.of('x'), b!.of('x'), c!.of('x')],
    [
      [[2], [3]],
      [[1], [3]],
      [[1], [2]],
    ],
  )
  assert.deepEqual([a!.known, a!.heard], [2, 2])
})

test('who is silent for five seconds is as if it had never been heard of, and is heard again', () => {
  const world = new World()
  const a = world.replica(nothing)
  world.replica(one(2))
  world.clock.advance(1_000)
  world.loses = () => true
  world.clock.advance(4_999)
  assert.deepEqual(a.of('x'), [[2]])
  world.clock.advance(1)
  assert.deepEqual([a.of('x'), a.heard, a.known], [[], 0, 1])
  world.loses = () => false
  world.clock.advance(1_000)
  assert.deepEqual(a.of('x'), [[2]])
})

test('what somebody does not say any more is forgotten, though it is heard of', () => {
  const world = new World()
  const a = world.replica(nothing)
  let sums: Sums = new Map([['x', [1]]])
  world.replica(() => sums)
  world.clock.advance(1_000)
  sums = new Map()
  world.clock.advance(5_000)
  assert.deepEqual([a.of('x'), a.heard], [[], 1])
})

test('a stranger changes nothing, and is counted and told once', () => {
  const world = new World()
  const a = world.replica(nothing)
  const forged = seal(Buffer.alloc(32, 8), { from: 'z', at: world.clock.wall(), sums: new Map([['x', [9]]]) })
  for (let i = 0; i < 1000; i++) world.inboxes[0]!(forged)
  assert.deepEqual([a.of('x'), a.heard, a.received.stranger, world.warnings.length], [[], 0, 1000, 1])
})

test('what was recorded and is played again is not believed', () => {
  const world = new World()
  const a = world.replica(nothing)
  let value = 1
  world.replica(() => new Map([['x', [value]]]))
  world.clock.advance(1_000)
  const [, recorded] = world.sent
  value = 2
  world.clock.advance(1_000)
  world.inboxes[0]!(recorded!)
  assert.deepEqual([a.of('x'), a.received.stale], [[[2]], 1])
  world.loses = () => true
  world.clock.advance(60_000)
  world.inboxes[0]!(recorded!)
  assert.deepEqual([a.of('x'), a.received.stale], [[], 2])
})

test('however much there is to say, it comes in datagrams that any network takes', () => {
  const world = new World()
  const a = world.replica(nothing)
  const many = new Map(Array.from({ length: 500 }, (_, i) => [`limit/shop/policy/limit-${i}`, [i]]))
  world.replica(() => many)
  world.clock.advance(1_000)
  assert.ok(world.sent.length > 10 && world.sent.every(({ length }) => length <= 1_232))
  for (const [name, values] of many) assert.deepEqual(a.of(name), [values])
})

test('after the end nothing is said and nothing is heard', () => {
  const world = new World()
  const [a, b] = [world.replica(one(1)), world.replica(one(2))]
  world.clock.advance(1_000)
  a.stop()
  world.sent = []
  world.clock.advance(1_000)
  assert.equal(world.sent.length, 1)
  assert.deepEqual(b.of('x'), [[1]])
})

test('names that nobody says any more are not kept, however many there were', () => {
  const world = new World()
  const a = world.replica(nothing)
  let round = 0
  world.replica(() => new Map([[`limit/${round++}`, [1]]]))
  world.clock.advance(100_000)
  assert.ok(a.remembered <= 5, `${a.remembered}`)
})
