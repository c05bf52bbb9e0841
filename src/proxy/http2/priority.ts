/**
 * Priorities of RFC 9218: urgency and incremental, out of a priority field or a PRIORITY_UPDATE frame. The value is a
 * dictionary of structured fields (RFC 8941); what is unknown or malformed counts as not sent, as section 4 asks.
 */

export interface Priority {
  /** 0, the most urgent, to 7. */
  readonly urgency: number
  /** Whether parts of the answer are of use before the rest, so that answers may take turns. */
  readonly incremental: boolean
}

export const URGENCIES = 8
export const DEFAULT_PRIORITY: Priority = { urgency: 3, incremental: false }

/** Longest value that is looked at: the two members take ten characters. */
const MAX_LENGTH = 256
const URGENCY = /^[ \t]*u=([0-7])[ \t]*(?:;.*)?$/
const INCREMENTAL = /^[ \t]*i(?:=\?([01]))?[ \t]*(?:;.*)?$/

/** The last value and what it said: browsers send few different ones, and this is a third of reading a head. */
let lastValue = ''
let last = DEFAULT_PRIORITY

/** @param value of the field; empty where there is none. */
export function parsePriority(value: string): Priority {
  if (value === '' || value.length > MAX_LENGTH) return DEFAULT_PRIORITY
  if (value !== lastValue) {
    last = parse(value)
    lastValue = value
  }
  return last
}

function parse(value: string): Priority {
  let { urgency, incremental } = DEFAULT_PRIORITY
  for (const member of value.split(',')) {
    const urgent = URGENCY.exec(member)
    const turns = INCREMENTAL.exec(member)
    // The last of several members with one name counts (RFC 8941 section 4.2.2).
    if (urgent !== null) urgency = Number(urgent[1])
    if (turns !== null) incremental = turns[1] !== '0'
  }
  return { urgency, incremental }
}
