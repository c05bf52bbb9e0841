/** Responses by the grammar, interim ones included, with what endpoints get wrong. */
import type { Random } from '../../../src/lib/random.ts'
import { below, chance, oneOf } from './choice.ts'
import { anyBody } from './requests.ts'

const ODD = 0.04
const STATUS = [
  '200 OK',
  '200 OK',
  '200',
  '200 ',
  '204 No Content',
  '304 Not Modified',
  '404 Nicht da \xe9',
  '500 x\ty',
]
const ODD_STATUS = [
  '099 x',
  '1000 x',
  '20 x',
  ' 200 x',
  '200OK',
  '2x0 y',
  '200 a\x01',
  '999 z',
  '101 Switching',
  '600 x',
]
const INTERIM = ['100 Continue', '102 Processing', '103 Early Hints', '199 x']
const VERSIONS = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/1.9']
const ODD_VERSIONS = ['HTTP/2.0', 'http/1.1', 'HTTP/1.', 'HTTP/1.1\t', '\r\nHTTP/1.1', 'ICY', 'HTTP/1.1 ']
const FIELDS = [
  ...[
    'Content-Type: text/plain',
    'Server: x',
    'Date: Thu, 01 Jan 2026 00:00:00 GMT',
    'Set-Cookie: a=b',
    'Set-Cookie: c=d',
  ],
  ...[
    'Connection: close',
    'Connection: keep-alive',
    'Connection: X-Hop, keep-alive',
    'X-Hop: 1',
    'Keep-Alive: timeout=5',
  ],
  ...[
    'Connection: Content-Length',
    'Connection: transfer-encoding',
    'Upgrade: h2',
    'Under_Score: ok',
    'Trailer: X-T',
    'Age:',
  ],
  ...[
    'Proxy-Connection: close',
    'TE: x',
    'X-Obs: \xe9',
    'Link: </a>; rel=preload',
    'Vary: *',
    `X-Long: ${'v'.repeat(150)}`,
  ],
]
const ODD_FIELDS = [
  ...['no colon', ': x', 'a : b', ' fold', 'a: \0', 'a: b\nc: d', 'a: b\rc', 'Content-Length: 4', 'Content-Length: x'],
  ...[
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: gzip',
    'Content-Length: 2, 2',
    'Connection: Upgrade\r\nUpgrade: websocket',
  ],
]

/** What one endpoint connection sends for one request; now and then more than that. */
export function anyResponse(random: Random): string {
  let text = ''
  while (chance(random, 0.12)) text += `HTTP/1.1 ${oneOf(random, INTERIM)}\r\n${anyFields(random)}\r\n`
  if (chance(random, 0.06))
    text += 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n'
  const version = oneOf(random, chance(random, ODD) ? ODD_VERSIONS : VERSIONS)
  const status = oneOf(random, chance(random, ODD) ? ODD_STATUS : STATUS)
  const { fields, body } = anyBody(random, 'POST')
  const more = chance(random, ODD) ? oneOf(random, ['x', '\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n']) : ''
  const bodyless = status.startsWith('204') || status.startsWith('304')
  return `${text}${version} ${status}\r\n${anyFields(random, fields)}\r\n${bodyless ? '' : body}${more}`
}

function anyFields(random: Random, framing: readonly string[] = []): string {
  const lines = [...framing]
  for (let left = below(random, 4); left > 0; left--) {
    lines.splice(below(random, lines.length + 1), 0, oneOf(random, chance(random, ODD) ? ODD_FIELDS : FIELDS))
  }
  return lines.map((line) => `${line}\r\n`).join('')
}
