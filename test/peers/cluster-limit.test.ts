/**
 * Limits of the whole cluster without a store: three replicas with tables and shares of their own, joined by what they
 * tell each other, on one clock. What passes in all is held against the limit.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LimitSharing } from '../../src/controller/peers/limit-sharing.ts'
import { Peers } from '../../src/controller/peers/peers.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { entryOf } from '../../src/model/snapshot.ts'
import { GcraTable } from '../../src/proxy/shared/gcra-table.ts'
import { LimitShare } from '../../src/proxy/shared/limit-share.ts'
import { LimitTables } from '../../src/proxy/supervisor/limit-tables.ts'

const NAME = 'shop/fair/all'
const SPEC = { kind: 'rate', requests: 100, perMs: 1_000, burst: 50, ofCluster: true, keys: 8 } as const
const KEY = { hash: 1, mark: 2 }

class Network {
  readonly inboxes: ((datagram: Buffer) => void)[] = []
  cut = new Set<number>()
}

class Replica {
  readonly #clock: FakeClock
  readonly #table: GcraTable
  readonly #share: LimitShare
  readonly stop: () => void
  passed = 0
  #owed = 0

  constructor(clock: FakeClock, network: Network, index: number, replicas: number) {
    this.#clock = clock
    const limits = new LimitTables({ clock, random: () => 0.5, workers: 1 })
    const upserts = [entryOf('rateLimit', NAME, SPEC)]
    const [grant] = limits.update({ revision: 1, upserts, removals: [] })
    this.#table = new GcraTable(grant!.memory, SPEC)
    this.#share = new LimitShare(grant!.share!, SPEC.burst)
    const sharing = new LimitSharing(limits)
    const isCut = (port: number) => network.cut.has(index) || network.cut.has(port)
    const peers: Peers = new Peers({
      clock,
      log: { warn: () => {} },
      socket: {
        send: (datagram, { port }) => void (isCut(port) || network.inboxes[port]?.(datagram)),
        receive: (take) => {
          network.inboxes[index] = take
        },
        close: () => {},
      },
      key: Buffer.alloc(32, 7),
      self: `replica-${index}`,
      roster: () =>
        Array.from({ length: replicas }, (_, port) => ({ address: '127.0.0.1', port })).filter(
          ({ port }) => port !== index,
        ),
      sums: () => sharing.sums(),
      onRound: () => sharing.divide(peers),
    })
    this.stop = () => {
      peers.stop()
      limits.stop()
    }
  }

  /** Requests that come in a while, evenly. */
  offer(perSecond: number, ms: number): void {
    this.#owed += (perSecond * ms) / 1_000
    for (; this.#owed >= 1; this.#owed--) {
      if (this.#table.take(KEY, this.#clock.now(), this.#share.ask(1)) === 0) this.passed++
    }
  }
}

/** @returns requests a second that passed in all, once shares had time to settle. */
function admitted(rates: readonly number[], during: (network: Network, second: number) => void = () => {}): number {
  const clock = new FakeClock()
  const network = new Network()
  const replicas = rates.map((_, i) => new Replica(clock, network, i, rates.length))
  const run = (seconds: number, from: number) => {
    for (let second = from; second < from + seconds; second++) {
      during(network, second)
      for (let ms = 0; ms < 1_000; ms += 5) {
        clock.advance(5)
        for (const [i, replica] of replicas.entries()) replica.offer(rates[i]!, 5)
      }
    }
  }
  run(10, 0)
  for (const replica of replicas) replica.passed = 0
  run(30, 10)
  for (const replica of replicas) replica.stop()
  return replicas.reduce((sum, { passed }) => sum + passed, 0) / 30
}

for (const [skew, rates] of [
  ['80/15/5', [800, 150, 50]],
  ['even', [200, 200, 200]],
  ['all to one', [600, 0, 0]],
] as const) {
  test(`three replicas, far more than the limit, ${skew}: what passes is within 10 % of the limit`, (t) => {
    const perSecond = admitted(rates)
    t.diagnostic(`${perSecond.toFixed(1)} a second pass, of a limit of 100`)
    assert.ok(perSecond >= 90 && perSecond <= 110, `${perSecond}`)
  })
}

test('just below the limit nearly everything passes, however it is spread', (t) => {
  const perSecond = admitted([76, 14, 5])
  t.diagnostic(`${perSecond.toFixed(1)} of 95 a second pass`)
  assert.ok(perSecond >= 0.9 * 95, `${perSecond}`)
})

test('a replica that the others cannot reach admits an even share, and the limit still holds', () => {
  const perSecond = admitted([600, 600, 600], (network) => network.cut.add(2))
  assert.ok(perSecond >= 90 && perSecond <= 110, `${perSecond}`)
})
