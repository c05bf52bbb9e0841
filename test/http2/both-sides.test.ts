/**
 * Our client and our server, joined by pipes that cut anywhere, with sinks that consume when they like and streams that
 * are given up in the middle: everything else completes, and no window has lost a byte at the end.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, seededRandom } from '../../src/lib/random.ts'
import { HeaderList } from '../../src/proxy/headers.ts'
import { ERROR_CODES } from '../../src/proxy/http2/errors.ts'
import { below, chance } from '../fuzz/inputs/choice.ts'
import { ClientRig, Record, ServerRig } from './rig.ts'

const BYTES = Buffer.alloc(400_000, 0x62)
const LIMITS = { streamWindow: 65_535, connectionWindow: 100_000, outputBytes: 20_000 }
const EMPTY = new HeaderList()

/** Something that may happen later, in any order. */
type Deed = () => void

class World {
  readonly server = new ServerRig({ limits: LIMITS, consumes: false })
  readonly client = new ClientRig({ limits: LIMITS })
  readonly asked: { readonly record: Record; readonly sent: number; readonly wanted: number; givenUp: boolean }[] = []
  readonly #random: Random
  readonly #deeds: Deed[] = []

  constructor(random: Random) {
    this.#random = random
    this.server.onRequest = (record) => this.#serve(record)
  }

  ask(): void {
    const { connection } = this.client
    const record = new Record()
    const sent = chance(this.#random, 0.4) ? 0 : 1 + below(this.#random, BYTES.length)
    const wanted = below(this.#random, BYTES.length)
    const request = {
      method: 'POST',
      scheme: 'http',
      authority: 'a',
      path: `/${wanted}`,
      protocol: '',
      fields: EMPTY,
      sensitive: undefined,
    }
    const stream = connection.request(request, sent === 0, record)!
    const one = { record, sent, wanted, givenUp: false }
    this.asked.push(one)
    record.onData = (length) => this.#deeds.push(() => connection.consumed(stream, length))
    let at = 0
    record.onWritable = () => {
      at += connection.write(stream, BYTES, at, sent, true)
    }
    if (sent > 0) record.onWritable()
    if (chance(this.#random, 0.1)) {
      this.#deeds.push(() => {
        one.givenUp = !stream.closed
        connection.reset(stream, ERROR_CODES.CANCEL)
      })
    }
  }

  /** The body of the answer is as long as the path says; it does not wait for the end of the request. */
  #serve(record: Record): void {
    const { connection } = this.server
    const stream = record.stream!
    const wanted = Number((record.head_ as { path: string }).path.slice(1))
    record.onData = (length) => this.#deeds.push(() => connection.consumed(stream, length))
    let at = 0
    record.onWritable = () => {
      at += connection.write(stream, BYTES, at, wanted, true)
    }
    connection.respond(stream, 200, { fields: EMPTY, sensitive: undefined }, false)
    record.onWritable()
  }

  /** Moves some bytes each way, and does some of what waits. @returns whether there was anything to do. */
  step(): boolean {
    const moved = this.#move(this.client, this.server) + this.#move(this.server, this.client)
    const due = Math.min(this.#deeds.length, 1 + below(this.#random, 5))
    for (const deed of this.#deeds.splice(0, due)) deed()
    return moved + due > 0
  }

  #move(from: ClientRig | ServerRig, to: ClientRig | ServerRig): number {
    const bytes = Buffer.from(from.connection.output())
    from.connection.written(true)
    for (let at = 0; at < bytes.length; ) {
      const size = Math.min(bytes.length - at, 1 + below(this.#random, 5000))
      to.connection.receive(bytes, at, at + size, 0)
      at += size
    }
    return bytes.length
  }
}

for (let seed = 1; seed <= 20; seed++) {
  test(`all that is not given up completes, seed ${seed}`, () => {
    const random = seededRandom(seed)
    const world = new World(random)
    for (let left = 30; left > 0; ) {
      if (chance(random, 0.3) && world.client.connection.room > 0) {
        world.ask()
        left--
      }
      world.step()
    }
    while (world.step());
    assert.deepEqual([...world.client.violations, ...world.server.violations], [])
    for (const [i, { record, sent, wanted, givenUp }] of world.asked.entries()) {
      if (givenUp) continue
      assert.deepEqual([record.ended, record.body.length, record.resetCode], [true, wanted, undefined])
      assert.deepEqual([world.server.records[i]!.ended, world.server.records[i]!.body.length], [true, sent])
    }
    assert.ok(world.asked.some(({ givenUp }) => !givenUp))
    for (const { connection } of [world.client, world.server]) {
      const wire = connection
      assert.equal(wire.streams.count, 0)
      // What is missing is credit that is not worth a frame yet: less than half of the window.
      assert.ok(wire.sending.window > 50_000 && wire.sending.window <= 100_000, `${wire.sending.window}`)
    }
  })
}
