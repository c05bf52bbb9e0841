/**
 * Requests through the codec, however they are cut: nothing throws, all cuts give the same, and the endpoint receives
 * exactly the requests that a strict reading finds in the client's bytes, each as a strict reader would read it again.
 */
import type { Random } from '../../src/lib/random.ts'
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts'
import { driveRequests, type RequestRun, type RequestSetting, TRUST } from './drive/requests.ts'
import { chance } from './inputs/choice.ts'
import { segments, whole } from './inputs/segments.ts'
import { whyNotForwarded } from './reference/forwarded.ts'
import { type RequestStream, readRequest, readRequests } from './reference/requests.ts'
import { roomier } from './reference/syntax.ts'

const CUTS = 2
const BEHIND = roomier(DEFAULT_SETTINGS.limits)
/** So tight that inputs of ordinary size sit on every edge. */
const TIGHT = { requestLineBytes: 24, headerBytes: 96, headerFields: 6 }

export function checkRequests(input: string, random: Random): string | undefined {
  const limits = chance(random, 0.15) ? TIGHT : DEFAULT_SETTINGS.limits
  const setting = { limits, trusted: chance(random, 0.2), sendForwarded: chance(random, 0.1) }
  const expected = readRequests(input, limits)
  const first = driveRequests(whole(input), setting)
  const why = whyNotAsRead(expected, first, setting)
  if (why !== undefined) return `uncut: ${why}`
  for (let i = 0; i < CUTS; i++) {
    const pieces = segments(random, input)
    const sizes = pieces.map((piece) => piece.length)
    const other = driveRequests(pieces, setting)
    const difference = whyNotSameRun(first, other) ?? whyNotAsRead(expected, other, setting)
    if (difference !== undefined) return `cut into ${sizes}: ${difference}`
  }
  return undefined
}

function whyNotAsRead(expected: RequestStream, run: RequestRun, setting: RequestSetting): string | undefined {
  const { requests, ends, why } = expected
  if (ends.join() !== run.ends.join()) return `requests end at ${run.ends}, expected ${ends} (${why})`
  if (!fits(expected, run))
    return `ends ${run.end}${run.within ? ' within a request' : ''}, expected ${expected.end} (${why})`
  let at = 0
  for (const [i, sent] of requests.entries()) {
    const got = readRequest(run.wire, at, BEHIND)
    if (typeof got === 'string') return `request ${i} forwarded is ${got}`
    const difference = whyNotForwarded(sent, got.value, { ...TRUST, trusted: setting.trusted })
    if (difference !== undefined) return `request ${i}: ${difference}`
    at = got.next
  }
  const incomplete = run.parts.length > requests.length
  if (!incomplete && at !== run.wire.length) return 'bytes behind the last request'
  const rest = incomplete ? readRequest(run.wire, at, BEHIND) : 'more'
  return rest === 'more' ? undefined : 'an incomplete request looks complete'
}

/** A request that is incomplete may be refused as soon as it is beyond hope. */
function fits({ end }: RequestStream, run: RequestRun): boolean {
  switch (end) {
    case 'clean':
      return run.end === 'open' && !run.within
    case 'more':
      return run.end === 'open' ? run.within : run.end !== 'closed'
    case 'closed':
      return run.end === 'closed'
    case 'refused':
      return run.end !== 'open' && run.end !== 'closed'
  }
}

/** Which fault a head with several is refused for depends on the cuts, since some are seen early; that it is refused does not. */
function whyNotSameRun(a: RequestRun, b: RequestRun): string | undefined {
  if (a.parts.join('\n') !== b.parts.join('\n')) return `other content: ${JSON.stringify(b.parts)}`
  if (kindOf(a.end) !== kindOf(b.end)) return `ends ${b.end}, uncut ${a.end}`
  return a.within === b.within || a.end !== 'open' ? undefined : 'uncut it ends elsewhere'
}

function kindOf(end: RequestRun['end']): string {
  return end === 'open' || end === 'closed' ? end : 'refused'
}
