/** Conversations on HTTP/2 as bytes: mostly legal frames that belong together, and then some that do not. */
import type { Random } from '../../../src/lib/random.ts'
import { FLAG, FRAME } from '../../../src/proxy/http2/frames.ts'
import { huffmanEncode, huffmanLength } from '../../../src/proxy/http2/hpack/huffman.ts'
import { PREFACE } from '../../../src/proxy/http2/preface.ts'
import { frame, type Pairs, setting, settings, uint32 } from '../../http2/raw.ts'
import { below, chance, oneOf } from './choice.ts'

const VALUES = [
  '',
  '1',
  'a b',
  'trailers',
  'x'.repeat(200),
  'b\r\nx: y',
  ' b',
  '\0',
  '\xe9',
  '5',
  '0',
  '10',
  'chunked',
  'u=1, i',
]
const NAMES = [
  'x-a',
  'x-b',
  'cookie',
  'content-length',
  'te',
  'priority',
  'host',
  'connection',
  'X-Up',
  'x_y',
  '',
  'x:y',
  ':path',
  ':status',
]
const SAFE_NAMES = ['x-a', 'x-b', 'cookie', 'accept', 'user-agent', 'x_y', 'priority']
const METHODS = ['GET', 'POST', 'HEAD', 'OPTIONS', 'CONNECT', 'GE T', '']
const PATHS = ['/', '/a?b', '*', '', 'a', '/a b', '/ HTTP/1.1\r\nHost: evil', '//', '/%2e']
const AUTHORITIES = ['a.test', 'a.test:80', '[::1]', '', 'u@a.test', 'a b', 'a\r\nx: y']

const bytesOf = (...codes: readonly number[]): Buffer => Buffer.from(codes)

function anyString(random: Random, text: string): Buffer {
  if (chance(random, 0.5)) {
    const coded = Buffer.alloc(huffmanLength(text))
    huffmanEncode(text, coded, 0)
    if (coded.length < 127) return Buffer.concat([bytesOf(0x80 | coded.length), coded])
  }
  const plain = Buffer.from(text, 'latin1')
  const length = plain.length < 127 ? bytesOf(plain.length) : bytesOf(127, ...more(plain.length - 127))
  return Buffer.concat([length, plain])
}

function more(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...more(value >>> 7)]
}

/** A block in any representation, now and then with indices and sizes of its own making. */
export function anyBlock(random: Random, pairs: Pairs, isWild = true): Buffer {
  const parts: Buffer[] =
    isWild && chance(random, 0.05) ? [bytesOf(oneOf(random, [0x20, 0x30, 0x3f]), ...more(below(random, 5000)))] : []
  for (const [name, value] of pairs) {
    const form = oneOf(random, [0x00, 0x10, 0x40])
    parts.push(bytesOf(form), anyString(random, name), anyString(random, value))
    if (isWild && chance(random, 0.2)) parts.push(bytesOf(0x80 | (62 + below(random, 4))))
    if (isWild && chance(random, 0.02)) parts.push(bytesOf(below(random, 256)))
  }
  return Buffer.concat(parts)
}

function anyPairs(random: Random, isRequest: boolean): Pairs {
  const wild = chance(random, 0.15)
  const pick = (list: readonly string[]): string => (wild ? oneOf(random, list) : list[0]!)
  const head: Pairs = isRequest
    ? [
        [':method', wild ? oneOf(random, METHODS) : oneOf(random, METHODS.slice(0, 3))],
        [':scheme', pick(['http', 'https', 'ftp'])],
        [':path', wild ? oneOf(random, PATHS) : oneOf(random, PATHS.slice(0, 2))],
        [':authority', pick(AUTHORITIES)],
      ]
    : [[':status', oneOf(random, wild ? ['200', '100', '101', '204', '20', '999', ''] : ['200', '204', '304', '103'])]]
  const fields: Pairs = Array.from({ length: below(random, 5) }, () => [
    oneOf(random, wild ? NAMES : SAFE_NAMES),
    oneOf(random, wild ? VALUES : VALUES.slice(0, 5)),
  ])
  return wild && chance(random, 0.3) ? [...fields, ...head] : [...head, ...fields]
}

function anyHead(random: Random, stream: number, isRequest: boolean): Buffer {
  const trailers = chance(random, 0.1)
  const block = anyBlock(random, trailers ? [['x-t', '1']] : anyPairs(random, isRequest))
  const end = trailers || chance(random, 0.4) ? FLAG.endStream : 0
  if (chance(random, 0.8)) return frame(FRAME.headers, end | FLAG.endHeaders, stream, block)
  const cut = below(random, block.length + 1)
  return Buffer.concat([
    frame(FRAME.headers, end, stream, block.subarray(0, cut)),
    frame(FRAME.continuation, chance(random, 0.95) ? FLAG.endHeaders : 0, stream, block.subarray(cut)),
  ])
}

function anyOther(random: Random, stream: number): Buffer {
  const any32 = (): number => oneOf(random, [0, 1, 100, 65_535, 0x7fffffff, 0x80000000, below(random, 2 ** 32)])
  switch (below(random, 10)) {
    case 0:
      return frame(FRAME.rstStream, 0, stream, uint32(below(random, 16)))
    case 1:
      return frame(FRAME.windowUpdate, 0, oneOf(random, [0, stream]), uint32(any32()))
    case 2:
      return settings(setting(1 + below(random, 9), any32()))
    case 3:
      return frame(FRAME.ping, below(random, 2), 0, '12345678')
    case 4:
      return frame(FRAME.priority, 0, stream, Buffer.concat([uint32(oneOf(random, [0, stream])), bytesOf(1)]))
    case 5:
      return frame(FRAME.goaway, 0, 0, uint32(any32(), below(random, 16)))
    case 6:
      return frame(FRAME.priorityUpdate, 0, 0, Buffer.concat([uint32(stream), Buffer.from('u=2, i')]))
    case 7:
      return frame(FRAME.settings, FLAG.ack, 0)
    case 8:
      return frame(below(random, 20), below(random, 256), stream, Buffer.alloc(below(random, 20), below(random, 256)))
    default:
      return frame(0x20 + below(random, 100), below(random, 256), stream, 'unknown')
  }
}

function anyData(random: Random, stream: number): Buffer {
  const end = chance(random, 0.4) ? FLAG.endStream : 0
  const body = Buffer.alloc(below(random, chance(random, 0.1) ? 2000 : 20), 0x62)
  if (chance(random, 0.8)) return frame(FRAME.data, end, stream, body)
  const padding = below(random, 20)
  return frame(
    FRAME.data,
    end | FLAG.padded,
    stream,
    Buffer.concat([bytesOf(padding), body, Buffer.alloc(below(random, 25))]),
  )
}

/** What a client sends; or what a server does, on the first streams. */
export function anyConversation(random: Random, isRequest: boolean): string {
  const parts = [isRequest ? PREFACE : Buffer.alloc(0), settings(setting(4, oneOf(random, [0, 10, 65_535, 1 << 20])))]
  let newest = 1
  for (let left = 1 + below(random, 14); left > 0; left--) {
    const stream = chance(random, 0.9) ? Math.max(1, newest - 2 * below(random, 3)) : below(random, 12)
    const kind = random()
    if (kind < 0.45) {
      parts.push(anyHead(random, isRequest && chance(random, 0.8) ? newest : stream, isRequest))
      newest += 2
    } else parts.push(kind < 0.75 ? anyData(random, stream) : anyOther(random, stream))
  }
  return Buffer.concat(parts).toString('latin1')
}
