/** How an endpoint shows that it agrees to speak WebSocket (RFC 6455 section 4.2.2). */
import { createHash } from 'node:crypto'
import type { HeaderList } from '../headers.ts'

/** Section 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** What asked for it, and by which version of HTTP. */
export interface Asking {
  readonly version: string
  readonly requestHeaders: HeaderList
}

/** What belongs into `Sec-WebSocket-Accept` of the answer to a request with this key. */
export function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}${GUID}`).digest('base64')
}

/**
 * Whether the fields of a 101 are as good as they have to be. Who made the key of the request has to look for the proof
 * that it was read (section 4.1): clients themselves, but for those of HTTP/2, which send none (RFC 8441 section 5).
 */
export function isProven(answer: HeaderList, { version, requestHeaders }: Asking): boolean {
  if (version !== '2') return true
  return answer.get('sec-websocket-accept') === acceptOf(requestHeaders.get('sec-websocket-key') ?? '')
}
