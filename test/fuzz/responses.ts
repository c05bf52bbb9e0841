/**
 * Responses through the codec, however they are cut: nothing throws, all cuts give the same, and the client receives
 * what a strict reading finds in the endpoint's bytes, as a strict reader would read it again. What is broken never
 * looks complete.
 */
import type { Random } from '../../src/lib/random.ts'
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts'
import { driveResponse, type ResponseRun } from './drive/responses.ts'
import { chance, oneOf } from './inputs/choice.ts'
import { segments, whole } from './inputs/segments.ts'
import {
  type Answer,
  type Asked,
  isReusable,
  readAnswer,
  whyNotRelayed,
  whyNotSameBody,
} from './reference/responses.ts'
import { roomier } from './reference/syntax.ts'

const CUTS = 2
const BEFORE = [
  '',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a\r\na\r\n0\r\nX-T: 1\r\n\r\n',
  'HTTP/1.1 103 E\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc',
  'HTTP/1.1 204 No\r\nConnection: keep-alive\r\n\r\n',
]
const TIGHT = { requestLineBytes: 24, headerBytes: 96, headerFields: 6 }

export function checkResponse(input: string, random: Random): string | undefined {
  const asked: Asked = {
    method: oneOf(random, ['GET', 'GET', 'POST', 'HEAD']),
    minor: chance(random, 0.2) ? 0 : 1,
    upgrade: chance(random, 0.2) ? 'websocket, foo/1' : '',
  }
  const limits = chance(random, 0.15) ? TIGHT : DEFAULT_SETTINGS.limits
  const expected = readAnswer(input, asked, { closed: true, limits })
  const before = oneOf(random, BEFORE)
  const uncut = whole(input).filter(({ length }) => length > 0)
  const first = driveResponse({ pieces: uncut, asked, limits, before })
  const why = whyNotAsRead(expected, first, asked)
  if (why !== undefined) return `uncut, ${JSON.stringify(asked)}: ${why}`
  for (let i = 0; i < CUTS; i++) {
    const pieces = segments(random, input)
    const sizes = pieces.map((piece) => piece.length)
    const other = driveResponse({ pieces, asked, limits, before })
    const difference = whyNotSameRun(first, other) ?? whyNotAsRead(expected, other, asked)
    if (difference !== undefined) return `cut into ${sizes}, ${JSON.stringify(asked)}: ${difference}`
  }
  return undefined
}

function whyNotAsRead(expected: Answer, run: ResponseRun, asked: Asked): string | undefined {
  if (!fits(expected, run)) return `ends ${run.end}, expected ${expected.end} (${expected.why})`
  if (run.end === 'upgraded') return run.used === expected.next ? undefined : `tunnel starts at ${run.used}`
  if (run.end === 'complete') {
    if (run.used !== expected.next) return `used ${run.used} bytes, expected ${expected.next}`
    if (run.reusable !== isReusable(expected.response!)) return `reusable: ${run.reusable}`
  }
  return whyNotReceived(expected, run, asked)
}

function fits({ end }: Answer, run: ResponseRun): boolean {
  if (end === 'more') return run.end === 'cut' || run.end === 'invalid'
  return run.end === end
}

/** Reads what the client received. */
function whyNotReceived(expected: Answer, run: ResponseRun, asked: Asked): string | undefined {
  const closed = run.close && run.end === 'complete'
  const got = readAnswer(run.wire, { ...asked, upgrade: '' }, { closed, limits: roomier(DEFAULT_SETTINGS.limits) })
  if (got.end === 'invalid') return `the client gets ${got.why}`
  const interim = asked.minor === 0 ? [] : expected.interim
  if (got.interim.length !== interim.length) return `${got.interim.length} interim responses`
  for (const [i, head] of got.interim.entries()) {
    const difference = whyNotRelayed(interim[i]!, head)
    if (difference !== undefined) return `interim response ${i}: ${difference}`
  }
  if (got.head !== undefined) {
    if (expected.head === undefined) return `the client gets a response (${got.head.status})`
    const difference = whyNotRelayed(expected.head, got.head)
    if (difference !== undefined) return difference
  }
  if (run.end !== 'complete') return got.end === 'complete' ? 'what is broken looks complete' : undefined
  if (got.response === undefined) return 'what is complete looks broken'
  if (got.next !== run.wire.length) return 'bytes behind the response'
  return whyNotSameBody(expected.response!, got.response, asked.minor)
}

function whyNotSameRun(a: ResponseRun, b: ResponseRun): string | undefined {
  if (a.parts.join('\n') !== b.parts.join('\n')) return `other content: ${JSON.stringify(b.parts)}`
  return a.end === b.end && (a.end === 'invalid' || a.used === b.used)
    ? undefined
    : `ends ${b.end} at ${b.used}, uncut ${a.end} at ${a.used}`
}
