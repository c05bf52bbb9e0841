/** Parses the head of a request (RFC 9112 section 3): request line and fields, nothing else. */
import type { HeaderList } from '../headers.ts'
import { SP, STRUCTURED, TARGET, TOKEN } from './chars.ts'
import { scanFields } from './fields.ts'
import type { HeadText } from './head-text.ts'

/** Longest method name that is taken; the longest one registered has 17 letters. */
const MAX_METHOD = 32

export interface RequestHead {
  readonly method: string
  /** As sent; its form is for the trust boundary to judge. */
  readonly target: string
  /** Whether the target is a path in normal form: a slash, and nothing that is encoded, dotted or a query. */
  readonly plainTarget: boolean
  /** 0 for HTTP/1.0, 1 for HTTP/1.1 and every later minor version (RFC 9110 section 2.5). */
  readonly minor: 0 | 1
  readonly fields: HeaderList
}

export interface HeadLimits {
  readonly requestLineBytes: number
  readonly headerFields: number
}

export type RequestHeadFault =
  | 'bad-request-line'
  | 'bad-method'
  | 'bad-target'
  | 'bad-version'
  | 'bad-field'
  | 'request-line-too-long'
  | 'header-too-large'

export function parseRequestHead(head: HeadText, limits: HeadLimits): RequestHead | RequestHeadFault {
  const { text, bytes, shift } = head
  let at = shift
  while (TOKEN[bytes[at]!]! > 0) at++
  const methodLength = at - shift
  if (methodLength === 0 || bytes[at] !== SP) return methodLength > MAX_METHOD ? 'bad-method' : 'bad-request-line'
  if (methodLength > limits.requestLineBytes) return 'request-line-too-long'
  if (methodLength > MAX_METHOD) return 'bad-method'
  const method = methodOf(text, methodLength)
  const target = ++at
  let kinds = 0
  let kind = TARGET[bytes[at]!]!
  while (kind > 0) {
    kinds |= kind
    kind = TARGET[bytes[++at]!]!
  }
  const targetEnd = at - shift
  if (at - target > limits.requestLineBytes) return 'request-line-too-long'
  if (bytes[at] !== SP || at === target) return badTarget(text, targetEnd)
  const minor = parseVersion(text, targetEnd + 1)
  if (typeof minor === 'string') return minor
  const fields = scanFields(head, targetEnd + VERSION_LENGTH + 3, limits.headerFields)
  if (typeof fields === 'string') return fields
  const plainTarget = (kinds & STRUCTURED) === 0 && bytes[target] === SLASH
  return { method, target: text.slice(target - shift, targetEnd), plainTarget, minor, fields }
}

const VERSION_LENGTH = 'HTTP/1.1'.length
const SLASH = 0x2f

/** The usual methods as one string each, so that comparing and looking them up is cheap. */
function methodOf(text: string, length: number): string {
  if (length === 3 && text.startsWith('GET')) return 'GET'
  if (length === 4 && text.startsWith('POST')) return 'POST'
  return text.slice(0, length)
}

/** A line that ends behind the target is HTTP/0.9, a line without a target is none; the rest is a bad target. */
function badTarget(text: string, at: number): RequestHeadFault {
  return text.startsWith('\r\n', at) ? 'bad-request-line' : 'bad-target'
}

/** `HTTP/` digit `.` digit and the end of the line, nothing else. */
function parseVersion(text: string, at: number): 0 | 1 | 'bad-version' | 'bad-request-line' {
  if (text.startsWith('HTTP/1.1\r\n', at)) return 1
  if (!text.startsWith('HTTP/', at)) return 'bad-request-line'
  const major = text.charCodeAt(at + 5)
  const minor = text.charCodeAt(at + 7)
  const shaped = isDigit(major) && text[at + 6] === '.' && isDigit(minor) && text.startsWith('\r\n', at + 8)
  if (!shaped) return 'bad-request-line'
  if (major !== 0x31) return 'bad-version'
  return minor === 0x30 ? 0 : 1
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
