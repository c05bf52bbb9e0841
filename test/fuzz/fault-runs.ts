/**
 * Endpoints that refuse, do not take connections, break off at any byte, fall silent, talk nonsense, answer early or
 * slowly: each request ends as the fault table says, the client can see what is missing, and nothing is left behind.
 */
import type { TestContext } from 'node:test'
import type { Random } from '../../src/lib/random.ts'
import { Backend, eventually, get, NOBODY, type Peer, TestProxy, turn } from '../proxy/harness.ts'
import { parseMessage } from '../proxy/message.ts'
import type { Campaign } from './campaign.ts'
import { type Act, ANSWERS, anyFaultPlan, CONTENT, type Ending, endingsOf, type FaultPlan } from './fault-plans.ts'

const CONNECT_MS = 1_000
const GAP_MS = 5_000
/** Deadlines are checked ten times a second, and rounded up. */
const SLACK_MS = 250
const PAUSE_STEP_MS = 10
const GARBAGE = '\0\0\0\r\n\r\n'
const BODY = 'x'.repeat(10)

export class FaultRuns implements Campaign {
  readonly name = 'faults'
  /** The input is but a name: everything is drawn. */
  readonly shrinkAttempts = 0

  input(): string {
    return ''
  }

  check(_: string, random: Random): Promise<string | undefined> {
    return whyNotAsTold(anyFaultPlan(random))
  }
}

/** Plays a plan. @returns what is not as it should be. */
export async function whyNotAsTold(plan: FaultPlan): Promise<string | undefined> {
  const cleanups: (() => unknown)[] = []
  const t = { after: (run: () => unknown) => cleanups.push(run) } as unknown as TestContext
  try {
    const why = await play(t, plan)
    return why === undefined ? undefined : `${why}\nplan: ${JSON.stringify(plan)}`
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup()
  }
}

async function play(t: TestContext, plan: FaultPlan): Promise<string | undefined> {
  const backend = await new Backend().listen(t)
  const endpoints = { none: [backend], one: [NOBODY, backend], all: [NOBODY] }[plan.refusing]
  const timeouts = { connectMs: CONNECT_MS, responseGapMs: GAP_MS }
  const proxy = await new TestProxy(t).route({ retries: plan.retries, timeouts }).endpoints(endpoints).apply().listen()
  const script = new Script(backend, plan)
  const client = await proxy.connect()
  client.send(requestOf(plan))
  const busy = () => proxy.sample('sluice_upstream_connections', 'busy')
  for (let struck = 0; struck < plan.hanging && struck <= plan.retries; struck++) {
    // Until the next turn of the event loop no connection can stand.
    if (struck === 0) await eventually('an attempt', () => busy() === 1)
    proxy.clock.advance(CONNECT_MS + SLACK_MS)
  }
  const over = () => proxy.log.length > 0
  for (let turns = 0; !over(); turns++) {
    if (turns > 5_000) return 'nothing happens any more'
    await turn()
    // Between two attempts there may be a pause.
    if (busy() === 0) proxy.clock.advance(PAUSE_STEP_MS)
    if (!script.silent) continue
    script.silent = false
    for (let i = 0; i < 20; i++) await turn()
    if (!over()) proxy.clock.advance(GAP_MS + SLACK_MS)
  }
  await eventually('nothing in flight', () => busy() === 0)
  return whyNotEnded(plan, proxy.log[0]!) ?? (await whyNotHeard(client, plan, proxy.log[0]!))
}

function requestOf({ method, body, early }: FaultPlan): string {
  if (early) return `${method} / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000\r\n\r\n${BODY}`
  if (body) return `${method} / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`
  return get().replace('GET', method)
}

function whyNotEnded(plan: FaultPlan, { status, fault, attempts }: Ending): string | undefined {
  const endings = endingsOf(plan)
  const good = endings.some((each) => each.status === status && each.fault === fault && each.attempts === attempts)
  return good ? undefined : `ended as ${JSON.stringify({ status, fault, attempts })}, not ${JSON.stringify(endings)}`
}

/** An answer that broke off does not look whole; any other is. */
async function whyNotHeard(client: Peer, plan: FaultPlan, { status, fault }: Ending): Promise<string | undefined> {
  const broken = status === 200 && fault !== undefined
  if (broken) await client.atEnd()
  const read = () => parseMessage(client.text, { ended: false, bodyless: false })
  if (broken) return read() === undefined ? undefined : `an answer that looks whole: ${JSON.stringify(client.text)}`
  const message = await eventually('a whole answer', read)
  if (message.status !== status) return `the client was told ${message.status}, the log ${status}`
  // Where the connection is the end of an answer, nobody can know of an earlier one.
  const good = plan.framing === 'close' ? CONTENT.startsWith(message.body) : message.body === CONTENT
  return fault !== undefined || good ? undefined : `the content ${JSON.stringify(message.body)}`
}

/** What the backend does, connection by connection. */
class Script {
  /** It has sent what it is going to send, and stays. */
  silent = false
  readonly #plan: FaultPlan
  #taken = 0

  constructor(backend: Backend, plan: FaultPlan) {
    this.#plan = plan
    backend.onConnection = (peer) => {
      if (!plan.early) peer.answer = () => this.#start(peer)
      else peer.onBytes = () => this.#start(peer)
    }
  }

  /** A connection that was given up may be here as well; it has no request. */
  #start(peer: Peer): string {
    peer.answer = undefined
    peer.onBytes = () => {}
    void this.#perform(peer, this.#plan.acts[this.#taken++])
    return ''
  }

  async #perform(peer: Peer, act: Act | undefined): Promise<void> {
    const { framing } = this.#plan
    const { at, kind, slow } = act ?? { at: ANSWERS[framing].length, kind: 'end', slow: false }
    const text = ANSWERS[framing].slice(0, at) + (kind === 'garbage' ? GARBAGE : '')
    for (const piece of slow ? text : [text]) {
      if (piece !== '') peer.send(piece)
      if (slow) await turn()
    }
    if (kind === 'hang') this.silent = true
    // An answer that has its end in itself keeps its connection.
    else if (act === undefined && framing !== 'close') return
    else if (kind === 'reset') peer.reset()
    else peer.end()
  }
}
