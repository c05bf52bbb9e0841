/**
 * How long a message body is (RFC 9112 section 6), decided once from the fields. Where the RFC leaves a choice
 * between refusing and repairing, an ambiguous length is refused: every request smuggling starts with a repair.
 */
import { FIELD_IDS } from '../field-names.ts'
import type { HeaderList } from '../headers.ts'

/** Body length in bytes, or one of the two below. */
export type BodyLength = number
/** The body is chunked. */
export const CHUNKED: BodyLength = -1
/** The body ends with the connection (responses only). */
export const UNTIL_CLOSE: BodyLength = -2

const LENGTH_BIT = 1 << FIELD_IDS['content-length']
const CODING_BIT = 1 << FIELD_IDS['transfer-encoding']

/** Longest Content-Length that still counts exactly. */
const MAX_DIGITS = 15

export type FramingFault = 'bad-framing' | 'bad-coding' | 'body-too-large'

/** Length of a request's body; without either field there is none. */
export function requestBodyLength(fields: HeaderList, minor: 0 | 1): BodyLength | FramingFault {
  const { seen, repeated } = fields
  if ((seen & (LENGTH_BIT | CODING_BIT)) === 0) return 0
  if ((repeated & (LENGTH_BIT | CODING_BIT)) !== 0) return 'bad-framing'
  if ((seen & CODING_BIT) === 0) return contentLength(fields)
  // Both, or a coding in HTTP/1.0: somebody on the way may read it differently (RFC 9112 section 6.1).
  if ((seen & LENGTH_BIT) !== 0 || minor === 0) return 'bad-framing'
  return chunkedAlone(fields)
}

/** Length of a response's body, for responses that may have one. */
export function responseBodyLength(fields: HeaderList, minor: 0 | 1): BodyLength | FramingFault {
  const { seen, repeated } = fields
  if ((seen & (LENGTH_BIT | CODING_BIT)) === 0) return UNTIL_CLOSE
  if ((repeated & (LENGTH_BIT | CODING_BIT)) !== 0) return 'bad-framing'
  if ((seen & CODING_BIT) === 0) return contentLength(fields)
  if ((seen & LENGTH_BIT) !== 0 || minor === 0) return 'bad-framing'
  return chunkedAlone(fields)
}

/** Whether this response has no body whatever its fields say (RFC 9112 section 6.3, rules 1 and 2). */
export function isBodyless(status: number, method: string): boolean {
  return method === 'HEAD' || status === 204 || status === 304 || status < 200
}

function contentLength(fields: HeaderList): BodyLength | FramingFault {
  const text = fields.value(FIELD_IDS['content-length'])!
  const plain = smallNumber(text)
  if (plain >= 0) return plain
  if (!/^[0-9]+$/.test(text)) return 'bad-framing'
  const digits = text.replace(/^0+(?=[0-9])/, '')
  if (digits.length > MAX_DIGITS) return 'body-too-large'
  // One spelling only leaves this house.
  if (digits !== text) fields.set('Content-Length', digits)
  return Number(digits)
}

/** The value of up to nine digits without a leading zero, -1 for everything else. */
function smallNumber(text: string): number {
  const { length } = text
  if (length === 0 || length > 9 || (length > 1 && text.charCodeAt(0) === 0x30)) return -1
  let value = 0
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

function chunkedAlone(fields: HeaderList): BodyLength | FramingFault {
  const coding = fields.get('transfer-encoding')!.toLowerCase()
  if (coding === 'chunked') return CHUNKED
  return /(^|[\s,])chunked$/.test(coding) && !/^[\s,]*chunked/.test(coding) ? 'bad-coding' : 'bad-framing'
}
