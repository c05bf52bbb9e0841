/**
 * What has to hold for one client connection, given the bytes that were sent, what the backend made of them and what
 * came back: the backend received no other requests than those that a strict reading finds, in their order; every
 * answer is strictly valid HTTP, is the answer to its request, and what broke on the way does not look whole.
 */
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts'
import type { Seen } from './drive/backend.ts'
import type { Heard, Manner } from './drive/client.ts'
import { POISON } from './inputs/plans.ts'
import { offeredProtocols, whyNotForwarded } from './reference/forwarded.ts'
import { placeOf, type Request, type RequestHead, type RequestStream } from './reference/requests.ts'
import { type Answer, type Asked, readAnswer } from './reference/responses.ts'
import { roomier, values } from './reference/syntax.ts'

export interface Conversation {
  readonly input: string
  readonly expected: RequestStream
  readonly manner: Manner
  readonly seen: readonly Seen[]
  /** `address:port` of the backend. */
  readonly endpoint: string
}

export interface Answers {
  readonly finals: readonly Answer[]
  /** What follows the last of them: part of an answer, or the bytes of a tunnel. */
  readonly rest: string
  readonly bad: string | undefined
}

/** What begins so is HTTP/2, and no request of it is one of HTTP/1.1 (RFC 9113 section 3.4). */
const PREFACE = /^(?:\r\n)*PRI \* HTTP\/2\.0\r\n\r\n/
const SETTINGS = 4

const limits = roomier(DEFAULT_SETTINGS.limits)
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']

/** The answers that a client finds in what it received. */
export function readAnswers({ text, end }: Heard, expected: RequestStream): Answers {
  const finals: Answer[] = []
  let at = 0
  while (at < text.length) {
    const rest = text.slice(at)
    const answer = readAnswer(rest, asked(expected, finals.length), { closed: end === 'clean', limits })
    if (answer.end === 'invalid') return { finals, rest, bad: answer.why }
    if (answer.end === 'more') return { finals, rest, bad: undefined }
    finals.push(answer)
    at += answer.next
    if (answer.end === 'upgraded') break
  }
  return { finals, rest: text.slice(at), bad: undefined }
}

/** What is refused counts as GET: nobody knows what it was. */
function asked({ requests, partial }: RequestStream, nth: number): Asked {
  const request = requests[nth]
  if (request !== undefined) return { method: request.method, minor: request.minor, upgrade: offersOf(request) }
  return { method: partial?.method ?? 'GET', minor: partial?.minor ?? 1, upgrade: '' }
}

function offersOf({ fields, minor, framing }: Request): string {
  const bodyless = framing === 'none' || (typeof framing === 'object' && framing.length === 0)
  return offeredProtocols(fields, minor === 1 && bodyless)
}

/** Whether a client that waits has nothing more to wait for. */
export function isSatisfied(text: string, { input, expected }: Pick<Conversation, 'input' | 'expected'>): boolean {
  if (PREFACE.test(input)) return text !== ''
  const { finals } = readAnswers({ text, end: 'never', byProxy: false }, expected)
  if (finals.at(-1)?.end === 'upgraded') return true
  // Behind these the proxy ends the connection.
  if (expected.end === 'refused' || expected.end === 'closed') return false
  return finals.length >= expected.requests.length
}

export function whyNotInOrder(conversation: Conversation, heard: Heard): string | undefined {
  if (heard.end === 'never') return `nothing happens any more, received ${JSON.stringify(heard.text.slice(-300))}`
  if (PREFACE.test(conversation.input)) return whyNotHttp2(conversation, heard)
  const answers = readAnswers(heard, conversation.expected)
  return whyNotSeen(conversation, answers) ?? whyNotAnswered(conversation, heard, answers)
}

/** It is answered by frames; that of SETTINGS comes first. */
function whyNotHttp2({ seen }: Conversation, { text }: Heard): string | undefined {
  if (seen.length > 0) return 'a request out of HTTP/2 that was none'
  return text === '' || text.charCodeAt(3) === SETTINGS ? undefined : 'HTTP/2 is not answered by SETTINGS'
}

/** Requests at the backend, in order; one that was given up may come a second time, see isRetry. */
function whyNotSeen(conversation: Conversation, { finals }: Answers): string | undefined {
  const { seen, manner } = conversation
  const { requests } = conversation.expected
  let next = 0
  for (const [i, record] of seen.entries()) {
    if (isRetry(seen[i - 1], record) && !isRetry(seen[i - 2], seen[i - 1]!)) continue
    const why = (): string | undefined => whyNotThis(requests[next], record, conversation.endpoint)
    while (why() !== undefined && mayBeLost(requests[next], finals[next], manner)) next++
    if (why() !== undefined) return `request ${i} at the backend: ${why()}`
    next++
  }
  return undefined
}

function whyNotThis(request: Request | undefined, record: Seen, endpoint: string): string | undefined {
  return request === undefined ? whyNotPartial(record) : whyNotSame(request, record, endpoint)
}

/** A pooled connection may turn out to be dead, and what cannot be repeated is lost with it: the client is told. */
function mayBeLost(request: Request | undefined, answer: Answer | undefined, manner: Manner): boolean {
  if (request === undefined || (IDEMPOTENT.includes(request.method) && request.framing === 'none')) return false
  return manner === 'rude' || answer?.head?.status === 502
}

function isRetry(previous: Seen | undefined, record: Seen): boolean {
  if (previous === undefined) return false
  const ids = [previous, record].map(({ head }) => values(head.fields, 'x-request-id').join())
  const same = ids[0] === ids[1] && previous.head.target === record.head.target
  return (
    previous.silent && same && previous.head.method === record.head.method && IDEMPOTENT.includes(record.head.method)
  )
}

/** Behind what is complete there may be one that is not, and it must not look complete. */
function whyNotPartial({ request, head }: Seen): string | undefined {
  return request === undefined ? undefined : `nobody has sent ${head.method} ${head.target}`
}

function whyNotSame(sent: Request, { head, request }: Seen, endpoint: string): string | undefined {
  if (request === undefined) {
    const { path, query } = placeOf(sent)!
    const same = sent.method === head.method && path + query === head.target
    return same ? undefined : `${head.method} ${head.target} instead of ${sent.method} ${path}${query}`
  }
  const [id = ''] = values(request.fields, 'x-request-id')
  const freshId = /^[0-9a-f]{32}$/.test(id) ? id : 'an id of 32 digits'
  return whyNotForwarded(sent, request, { trusted: false, clientAddress: '127.0.0.1', freshId, endpoint })
}

function whyNotAnswered(conversation: Conversation, heard: Heard, answers: Answers): string | undefined {
  const { expected, seen } = conversation
  const { finals, rest, bad } = answers
  if (bad !== undefined) return `answer ${finals.length} is ${bad}: ${JSON.stringify(rest.slice(0, 300))}`
  for (const [i, answer] of finals.entries()) {
    const [serial] = values(answer.head!.fields, 'x-serial')
    if (serial === undefined) continue
    if (serial === POISON) return `answer ${i} is one that nobody asked for`
    const record = seen.find((one) => one.serial === Number(serial))
    const why =
      record === undefined
        ? 'is for somebody else'
        : whyNotAnswer(answer, record, expected.requests[i] ?? expected.partial)
    if (why !== undefined) return `answer ${i} ${why}`
  }
  const last = finals.at(-1)
  if (last?.end === 'upgraded') return whyNotTunnel(conversation, { rest, nth: finals.length - 1 })
  return whyNotCounted(conversation, heard, answers)
}

function whyNotAnswer(answer: Answer, { plan, head }: Seen, request: RequestHead | undefined): string | undefined {
  const place = request === undefined ? undefined : placeOf(request)
  if (request?.method !== head.method || `${place?.path}${place?.query}` !== head.target) {
    return `belongs to ${head.method} ${head.target}`
  }
  if (answer.end === 'upgraded') return undefined
  if (plan.kind === 'cut') return 'looks complete, but was cut'
  const { content, framing } = answer.response!
  const bodyless = framing === 'none'
  if (plan.content === undefined || content === (bodyless ? '' : plan.content)) return undefined
  return `has the content ${JSON.stringify(content.slice(0, 200))} (${content.length} bytes)`
}

/** Both ways, what follows the switch passes as it is. */
function whyNotTunnel(
  { input, expected, seen, manner }: Conversation,
  { rest, nth }: { rest: string; nth: number },
): string | undefined {
  if (manner === 'rude') return undefined
  const sent = input.slice(expected.ends[nth])
  const end = seen.findLast(({ plan }) => plan.after === 'tunnel')
  // A broken answer can be a switch by accident, and its connection ends.
  if (end === undefined) return undefined
  const { tunnelled } = end
  if (tunnelled !== sent) return `the tunnel carried ${JSON.stringify(tunnelled)} instead of ${JSON.stringify(sent)}`
  return rest === sent ? undefined : `the tunnel brought ${JSON.stringify(rest)} back`
}

function saysClose(last: Answer | undefined): boolean {
  return last === undefined || values(last.head!.fields, 'connection').includes('close')
}

/** As many answers as requests, where nobody broke anything. */
function whyNotCounted(
  { expected, manner, seen }: Conversation,
  heard: Heard,
  { finals, rest }: Answers,
): string | undefined {
  const { requests, end } = expected
  const most = requests.length + (end === 'refused' || end === 'more' ? 1 : 0)
  if (finals.length > most) return `${finals.length} answers to ${requests.length} requests`
  if (heard.byProxy && rest === '' && !saysClose(finals.at(-1)))
    return 'the connection ends, but the last answer did not say so'
  const sound = seen.every(({ plan }) => plan.sound)
  if (!sound || manner === 'rude') return undefined
  if (heard.end === 'broken') return 'the connection broke'
  if (rest !== '') return `something follows the last answer: ${JSON.stringify(rest.slice(0, 300))}`
  // To HTTP/1.0 an answer of unknown length ends with its connection.
  if (finals.at(-1)?.response?.framing === 'until-close') return undefined
  const least = manner === 'hasty' ? Math.min(1, requests.length) : end === 'refused' ? most : requests.length
  return finals.length >= least ? undefined : `${finals.length} answers to ${requests.length} requests, ${end}`
}
