/** Parses the head of a response (RFC 9112 section 4): status line and fields. */
import type { HeaderList } from '../headers.ts'
import { FIELD_VALUE } from './chars.ts'
import { scanFields } from './fields.ts'
import type { HeadText } from './head-text.ts'

export interface ResponseHead {
  /** 100 to 999. */
  readonly status: number
  readonly minor: 0 | 1
  readonly fields: HeaderList
}

/** @returns undefined for a head that is not valid HTTP/1.x. */
export function parseResponseHead(head: HeadText, maxFields: number): ResponseHead | undefined {
  const { text } = head
  if (!text.startsWith('HTTP/1.')) return undefined
  const minor = text.charCodeAt(7) - 0x30
  if (!(minor >= 0 && minor <= 9) || text.charCodeAt(8) !== 0x20) return undefined
  const hundreds = text.charCodeAt(9) - 0x30
  const tens = text.charCodeAt(10) - 0x30
  const ones = text.charCodeAt(11) - 0x30
  if (!(hundreds >= 1 && hundreds <= 9 && tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9)) return undefined
  const lineEnd = endOfReason(text, 12)
  if (lineEnd < 0) return undefined
  const fields = scanFields(head, lineEnd + 2, maxFields)
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
