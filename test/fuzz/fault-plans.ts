/** What endpoints do to a request, attempt by attempt, and how that may end by the fault table. */
import type { Random } from '../../src/lib/random.ts'
import { FAULTS, type FaultCode, isIdempotent, mayRetry } from '../../src/proxy/faults.ts'
import { below, chance, oneOf } from './inputs/choice.ts'

export const CONTENT = 'hello'
const HEAD = 'HTTP/1.1 200 OK\r\n'

/** The same answer in the three framings of HTTP/1.1. */
export const ANSWERS = {
  length: `${HEAD}Content-Length: 5\r\n\r\n${CONTENT}`,
  chunked: `${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n`,
  close: `${HEAD}\r\n${CONTENT}`,
} as const
export type Framing = keyof typeof ANSWERS

/** What happens to a connection once so many bytes of the answer were sent. */
export interface Act {
  /** `garbage` goes on with bytes that no head may hold. */
  readonly kind: 'end' | 'reset' | 'hang' | 'garbage'
  readonly at: number
  /** Each byte in a packet of its own. */
  readonly slow: boolean
}

export interface FaultPlan {
  readonly method: 'GET' | 'PUT' | 'POST'
  readonly body: boolean
  /** The endpoint answers before the body is there, which never comes. */
  readonly early: boolean
  readonly framing: Framing
  readonly retries: number
  /** Endpoints that refuse connections: none, one of two, or the only one. */
  readonly refusing: 'none' | 'one' | 'all'
  /** First attempts that never get a connection. */
  readonly hanging: number
  /** One for each connection that is taken, in their order; later ones are answered. */
  readonly acts: readonly Act[]
}

export interface Ending {
  /** 200 also where the answer broke off on its way. */
  readonly status: number
  readonly fault: FaultCode | undefined
  readonly attempts: number
}

export function anyFaultPlan(random: Random): FaultPlan {
  const framing = oneOf(random, ['length', 'chunked', 'close'] as const)
  const refusing = oneOf(random, ['none', 'none', 'none', 'one', 'all'] as const)
  const early = chance(random, 0.1)
  const method = early ? 'POST' : oneOf(random, ['GET', 'PUT', 'POST'] as const)
  const acts = Array.from({ length: below(random, 3) }, () => anyAct(random, framing))
  return {
    method,
    framing,
    refusing,
    acts: early ? [] : acts,
    early,
    body: early || (method !== 'GET' && chance(random, 0.5)),
    retries: below(random, 3),
    hanging: refusing === 'none' && chance(random, 0.2) ? 1 + below(random, 2) : 0,
  }
}

function anyAct(random: Random, framing: Framing): Act {
  const text = ANSWERS[framing]
  const kind = oneOf(random, ['end', 'reset', 'hang', 'garbage'] as const)
  const length = kind === 'garbage' ? headLength(framing) : text.length + 1
  return { kind, at: below(random, length), slow: chance(random, 0.3) }
}

function headLength(framing: Framing): number {
  return ANSWERS[framing].indexOf('\r\n\r\n') + 4
}

/** Every way in which it may end: with two endpoints nobody knows who is asked first. */
export function endingsOf(plan: FaultPlan): readonly Ending[] {
  const first = { attempts: 1, free: 0, taken: 0 }
  if (plan.refusing !== 'one') return attempt(plan, { ...first, refuse: plan.refusing === 'all' })
  return [true, false].flatMap((refuse) => attempt(plan, { ...first, refuse }))
}

interface Progress {
  readonly attempts: number
  /** Those of them that do not count: refused while there was another endpoint to ask. */
  readonly free: number
  /** Connections that were taken before. */
  readonly taken: number
  /** Whether this attempt is refused. */
  readonly refuse: boolean
}

function attempt(plan: FaultPlan, progress: Progress): readonly Ending[] {
  const { attempts, taken, refuse } = progress
  const isFree = refuse && plan.refusing === 'one' && taken === 0 && plan.retries > 0
  const free = progress.free + Number(isFree)
  const connected = !refuse && attempts > plan.hanging
  const results: readonly Result[] = connected
    ? resultsOf(plan.acts[taken], plan.framing)
    : [{ fault: refuse ? 'connect-refused' : 'connect-timeout', begun: false }]
  return results.flatMap(({ fault, begun }): readonly Ending[] => {
    if (fault === undefined || begun) return [{ status: 200, fault, attempts }]
    const again = (isFree || attempts - free <= plan.retries) && mayRetry(fault, isIdempotent(plan.method))
    if (!again) return [{ status: FAULTS[fault].status, fault, attempts }]
    // A second endpoint is asked next; a single one again.
    const refuseNext = plan.refusing === 'one' ? !refuse : refuse
    return attempt(plan, { attempts: attempts + 1, free, taken: taken + Number(connected), refuse: refuseNext })
  })
}

interface Result {
  readonly fault: FaultCode | undefined
  /** Whether the client has something of the answer. */
  readonly begun: boolean
}

const GOOD: Result = { fault: undefined, begun: true }
const SILENT: Result = { fault: 'upstream-reset-before-response', begun: false }
const CUT_HEAD: Result = { fault: 'upstream-invalid', begun: false }
const CUT_BODY: Result = { fault: 'upstream-reset-in-response', begun: true }

function resultsOf(act: Act | undefined, framing: Framing): readonly Result[] {
  if (act === undefined) return [GOOD]
  const { kind, at } = act
  const begun = at >= headLength(framing)
  const whole = at === ANSWERS[framing].length && framing !== 'close'
  if (kind === 'garbage') return [CUT_HEAD]
  if (kind === 'hang') return [whole ? GOOD : { fault: 'upstream-timeout', begun }]
  const cut = at === 0 ? SILENT : begun ? CUT_BODY : CUT_HEAD
  if (kind === 'end') return [whole || (begun && framing === 'close') ? GOOD : cut]
  // A reset may overtake what was sent before it.
  return [SILENT, ...(at > 0 ? [CUT_HEAD] : []), ...(begun ? [CUT_BODY] : []), ...(whole ? [GOOD] : [])]
}
