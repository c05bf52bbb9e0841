/**
 * The whole data plane over loopback: several connections at once, each with several requests, some of them damaged,
 * against a backend that does not always behave. What holds for each is in conversations.ts; besides, nothing is left
 * behind, and a fresh connection works afterwards.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Random, seededRandom } from '../../src/lib/random.ts'
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts'
import type { Campaign } from './campaign.ts'
import { type Conversation, isSatisfied, whyNotInOrder } from './conversations.ts'
import type { Seen } from './drive/backend.ts'
import { type Manner, talk } from './drive/client.ts'
import { World } from './drive/world.ts'
import { CASE_REQUESTS } from './inputs/cases.ts'
import { below, chance, oneOf } from './inputs/choice.ts'
import { mutate } from './inputs/mutate.ts'
import { anyPlan, bulkPlan, KERNEL_BYTES, type Plan } from './inputs/plans.ts'
import { anyRequest, HOST } from './inputs/requests.ts'
import { segments } from './inputs/segments.ts'
import { readRequests } from './reference/requests.ts'

const CONNECTIONS = 4
/** A port rests for some turns: what a client left behind may still be on its way to the backend. */
const PORTS = 8 * CONNECTIONS
/** Milliseconds; nothing here takes that long unless it never comes. */
const SETTLE_TURNS = 3_000
const OFTEN = Array.from({ length: 12 }, (): Manner => 'patient')
const MANNERS: readonly Manner[] = [...OFTEN, 'hasty', 'hasty', 'rude', 'rude', 'slow']
/** How often the other conversations are made of bodies beyond every buffer. */
const BULK = 0.006
const CANARY = `GET /canary HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`

interface Order {
  readonly port: number
  readonly input: string
  readonly pieces: readonly Buffer[]
  readonly manner: Manner
  readonly plan: () => Plan
}

export class Connections implements Campaign {
  readonly name = 'connections'
  /** Each one may wait for something that never comes. */
  readonly shrinkAttempts = 60
  #world: World | undefined
  #turn = 0

  /** Of the first connection; the others are drawn along with the plans. */
  input(random: Random): string {
    return anyConversation(random)
  }

  async check(input: string, random: Random): Promise<string | undefined> {
    this.#world ??= await World.open(PORTS)
    const world = this.#world
    const first = (this.#turn++ * CONNECTIONS) % PORTS
    const ports = world.ports.slice(first, first + CONNECTIONS)
    const draw = chance(random, BULK) ? bulkOrder : anyOrder
    const orders = ports.map((port, i) => (i === 0 ? anyOrder(random, port, input) : draw(random, port)))
    const why = (await whyNotSettled(world, orders)) ?? (await whyNotSettled(world, [canary(world.canaryPort)]))
    if (why !== undefined) await this.close()
    return why
  }

  async close(): Promise<void> {
    const world = this.#world
    this.#world = undefined
    await world?.close()
  }
}

/** Up to five requests, some of them damaged, some of them conformance cases. */
function anyConversation(random: Random): string {
  let text = ''
  for (let left = 1 + below(random, 5); left > 0; left--) {
    const request = chance(random, 0.15) ? oneOf(random, CASE_REQUESTS) : anyRequest(random)
    text += chance(random, 0.2) ? mutate(random, request, anyRequest(random)) : request
  }
  return chance(random, 0.05) ? upload(random, 1_000 + below(random, 40_000)) + text : text
}

function upload(random: Random, times: number): string {
  const content = `${100_000_000 + below(random, 800_000_000)},`.repeat(times)
  const head = `POST /upload HTTP/1.1\r\nHost: ${HOST}\r\n`
  if (chance(random, 0.5)) return `${head}Content-Length: ${content.length}\r\n\r\n${content}`
  const chunks = (content.match(/[\s\S]{1,30000}/g) ?? []).map(
    (chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`,
  )
  return `${head}Transfer-Encoding: chunked\r\n\r\n${chunks.join('')}0\r\n\r\n`
}

function anyOrder(random: Random, port: number, input = anyConversation(random)): Order {
  const pieces = chance(random, 0.5) ? [Buffer.from(input, 'latin1')] : segments(random, input)
  const plans = seededRandom(below(random, 2 ** 31))
  return { port, input, pieces, manner: oneOf(random, MANNERS), plan: () => anyPlan(plans) }
}

/** Bodies beyond every buffer on the way, and nobody in a hurry to take them. */
function bulkOrder(random: Random, port: number): Order {
  const input =
    upload(random, (KERNEL_BYTES / 10) * (1 + random() / 8)) +
    upload(random, below(random, 100_000)) +
    anyRequest(random)
  const plans = seededRandom(below(random, 2 ** 31))
  const manner = oneOf(random, ['slow', 'patient'] as const)
  return { port, input, pieces: [Buffer.from(input, 'latin1')], manner, plan: () => bulkPlan(plans) }
}

function canary(port: number): Order {
  const plan: Plan = {
    kind: 'canary',
    sound: true,
    early: false,
    content: 'ok',
    write: (_, serial) => [`HTTP/1.1 200 OK\r\nX-Serial: ${serial}\r\nContent-Length: 2\r\n\r\nok`],
    after: 'keep',
  }
  return { port, input: CANARY, pieces: [Buffer.from(CANARY)], manner: 'patient', plan: () => plan }
}

async function whyNotSettled(world: World, orders: readonly Order[]): Promise<string | undefined> {
  const failures = await Promise.all(orders.map((order) => whyNotGood(world, order)))
  const [violation] = world.backend.violations
  if (violation !== undefined) return violation
  const failure = failures.find((why) => why !== undefined)
  return failure ?? (await whyNotQuiet(world))
}

async function whyNotGood(world: World, { port, input, pieces, manner, plan }: Order): Promise<string | undefined> {
  const expected = readRequests(input, DEFAULT_SETTINGS.limits)
  const seen: Seen[] = []
  world.begin(port, { plan, seen })
  const heard = await talk({ port, pieces, manner, satisfied: (text) => isSatisfied(text, { input, expected }) })
  const conversation: Conversation = { input, expected, manner, seen, endpoint: world.endpoint }
  const why = whyNotInOrder(conversation, heard)
  if (why === undefined) return undefined
  const plans = seen.map(({ plan: { kind } }) => kind).join()
  return `${why}\n${manner}, ${pieces.length} pieces, plans ${plans}, received ${JSON.stringify(heard.text.slice(0, 2000))} (${heard.end}), sent ${JSON.stringify(input.slice(0, 2000))}`
}

/** Everything comes to an end once the clients are gone. */
async function whyNotQuiet(world: World): Promise<string | undefined> {
  for (let turn = 0; turn < SETTLE_TURNS; turn++) {
    if (world.busy().length === 0) return undefined
    await (turn < 20 ? new Promise(setImmediate) : sleep(1))
  }
  return `left behind: ${world.busy().join(', ')}`
}
