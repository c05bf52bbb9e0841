/** Parses the head of a response (RFC 9112 section 4): status line and fields. */
import type { HeaderList } from '../headers.ts'
import { FIELD_VALUE } from './chars.ts'
import { scanFields } from './fields.ts'

export interface ResponseHead {
  /** 100 to 999. */
  readonly status: number
  readonly minor: 0 | 1
  readonly fields: HeaderList
}

/**
 * @param text starts with the lines of the head, each with its CRLF; `length` is theirs (see HeadBuffer).
 * @returns undefined for a head that is not valid HTTP/1.x.
 */
export function parseResponseHead(text: string, length: number, maxFields: number): ResponseHead | undefined {
  if (!text.startsWith('HTTP/1.')) return undefined
  const minor = text.charCodeAt(7) - 0x30
  if (!(minor >= 0 && minor <= 9) || text.charCodeAt(8) !== 0x20) return undefined
  const hundreds = text.charCodeAt(9) - 0x30
  const tens = text.charCodeAt(10) - 0x30
  const ones = text.charCodeAt(11) - 0x30
  if (!(hundreds >= 1 && hundreds <= 9 && tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9)) return undefined
  const lineEnd = endOfReason(text, 12)
  if (lineEnd < 0) return undefined
  const fields = scanFields(text, lineEnd + 2, length, maxFields)
  if (typeof fields === 'string') return undefined
  return { status: hundreds * 100 + tens * 10 + ones, minor: minor === 0 ? 0 : 1, fields }
}

/** Where the line ends; the reason phrase says nothing (RFC 9110 section 15.1) but must be harmless. */
function endOfReason(text: string, from: number): number {
  if (text.startsWith('\r\n', from)) return from
  if (text.charCodeAt(from) !== 0x20) return -1
  let at = from + 1
  while (FIELD_VALUE[text.charCodeAt(at)] === 1) at++
  return text.startsWith('\r\n', at) ? at : -1
}
