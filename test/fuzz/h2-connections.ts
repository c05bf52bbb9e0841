/**
 * The whole data plane over loopback, for clients of HTTP/2 that may send anything, cut anywhere, in front of a backend
 * that does not always behave and reads as strictly as it can be done: it never gets a request that it cannot read,
 * nothing is left behind, and a client that behaves is served afterwards.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../src/lib/random.ts'
import { FLAG, FRAME } from '../../src/proxy/http2/frames.ts'
import { frame, framesOf, GET, HELLO, headers, POST, uint32 } from '../http2/raw.ts'
import type { Campaign } from './campaign.ts'
import { World } from './drive/world.ts'
import { below, chance } from './inputs/choice.ts'
import { anyConversation } from './inputs/http2.ts'
import { mutate } from './inputs/mutate.ts'
import { anyPlan } from './inputs/plans.ts'

/** Milliseconds; nothing here takes that long unless it never comes. */
const SETTLE_TURNS = 3_000
/** A port rests for some turns, as in connections.ts. */
const PORTS = 16

export class H2Connections implements Campaign {
  readonly name = 'h2-connections'
  readonly shrinkAttempts = 60
  #world: World | undefined
  #turn = 0

  input(random: Random): string {
    const text = chance(random, 0.5) ? anyConversation(random, true) : decentConversation(random)
    return chance(random, 0.3) ? mutate(random, text, anyConversation(random, true)) : text
  }

  async check(input: string, random: Random): Promise<string | undefined> {
    this.#world ??= await World.open(PORTS)
    const world = this.#world
    const port = world.ports[this.#turn++ % PORTS]!
    world.begin(port, { plan: () => anyPlan(random), seen: [] })
    await say(port, input, random)
    const why = (await whyNotQuiet(world)) ?? world.backend.violations[0] ?? (await whyNotServed(world))
    if (why !== undefined) await this.close()
    return why
  }

  async close(): Promise<void> {
    const world = this.#world
    this.#world = undefined
    await world?.close()
  }
}

/** Requests that are fine, some with bodies and trailers, some reset, so that damage is done to what would be served. */
function decentConversation(random: Random): string {
  const frames: Buffer[] = [HELLO, frame(FRAME.settings, FLAG.ack, 0)]
  for (let id = 1; id < 2 * (2 + below(random, 8)); id += 2) {
    if (chance(random, 0.5)) frames.push(headers(id, GET))
    else {
      frames.push(headers(id, POST, 0))
      for (let n = below(random, 3); n > 0; n--)
        frames.push(frame(FRAME.data, 0, id, Buffer.alloc(below(random, 3000), 0x62)))
      frames.push(chance(random, 0.3) ? headers(id, [['x-sum', '1']]) : frame(FRAME.data, FLAG.endStream, id, 'end'))
    }
    if (chance(random, 0.1)) frames.push(frame(FRAME.rstStream, 0, id, uint32(8)))
  }
  return Buffer.concat(frames).toString('latin1')
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Says it in pieces, waits for some turns, and leaves. */
async function say(port: number, text: string, random: Random): Promise<void> {
  const socket = await open(port)
  if (chance(random, 0.8)) socket.resume()
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + below(random, 200)
    socket.write(bytes.subarray(at, at + size))
    at += size
    if (chance(random, 0.3)) await new Promise(setImmediate)
  }
  for (let turn = below(random, 20); turn > 0; turn--) await new Promise(setImmediate)
  // To the proxy a reset, wherever something was left unread.
  socket.destroy()
}

async function whyNotQuiet(world: World): Promise<string | undefined> {
  for (let turn = 0; turn < SETTLE_TURNS; turn++) {
    if (world.busy().length === 0) return undefined
    await (turn < 20 ? new Promise(setImmediate) : sleep(1))
  }
  return `left behind: ${world.busy().join(', ')}`
}

/** A client that behaves, on a port of its own. */
async function whyNotServed(world: World): Promise<string | undefined> {
  const plan = { kind: 'canary', sound: true, early: false, content: 'ok', after: 'keep' } as const
  const write = (): string[] => ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok']
  world.begin(world.canaryPort, { plan: () => ({ ...plan, write }), seen: [] })
  const socket = await open(world.canaryPort)
  let received = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
  })
  socket.write(Buffer.concat([HELLO, headers(1, GET)]))
  for (let turn = 0; turn < SETTLE_TURNS && !isAnswered(received); turn++) {
    await (turn < 20 ? new Promise(setImmediate) : sleep(1))
  }
  socket.destroy()
  return isAnswered(received) ? await whyNotQuiet(world) : 'a client that behaves gets no answer'
}

function isAnswered(received: Buffer): boolean {
  try {
    return framesOf(received).some(({ type, payload }) => type === FRAME.data && payload.toString() === 'ok')
  } catch {
    // A frame is still on its way.
    return false
  }
}
