/** Damage to bytes: flipped bits, cuts, repetitions, splices, and the bytes that parsers have stumbled over before. */
import type { Random } from '../../../src/lib/random.ts'
import { below, chance, oneOf } from './choice.ts'

const PIECES = [
  ...[
    '\r',
    '\n',
    '\r\n',
    '\r\n\r\n',
    '\n\n',
    '\r\r\n',
    ' ',
    '\t',
    '\x0b',
    '\x0c',
    '\0',
    '\x7f',
    '\x80',
    '\xff',
    '\x85',
  ],
  ...[':', ' :', ';', ',', '"', '\\', '=', '%', '%00', '%2e', '..', '/', '//', '#', '?', '*', '_', '-', '+', '0x', '0'],
  ...['Content-Length: 5\r\n', 'Content-Length: 0\r\n', 'content-length : 7\r\n', 'Content-Length: 5, 5\r\n'],
  ...['Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: identity\r\n', 'Transfer-Encoding:\x0bchunked\r\n'],
  ...['Host: app.example.test\r\n', 'Host: evil.test\r\n', 'Connection: close\r\n', 'Connection: Content-Length\r\n'],
  ...['Connection: X-Request-ID\r\n', 'X-Request-ID: abc\r\n', 'Expect: 100-continue\r\n', 'Upgrade: websocket\r\n'],
  ...[' folded\r\n', 'HTTP/1.0', 'HTTP/1.1', 'HTTP/2.0', 'HTTP/1.1\n', ' HTTP/1.1\r\n', 'GET / HTTP/1.1\r\n'],
  ...[
    'GET /smuggled HTTP/1.1\r\nHost: app.example.test\r\n\r\n',
    '0\r\n\r\n',
    '5\r\nhello\r\n',
    '5;a="\r\n"\r\n',
    '1\r\n',
  ],
  ...['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 101 x\r\n'],
]

/**
 * One to four changes.
 * @param other what pieces are spliced in from.
 */
export function mutate(random: Random, text: string, other: string): string {
  let result = text
  for (let left = 1 + below(random, 4); left > 0; left--) result = oneOf(random, CHANGES)(random, result, other)
  return result
}

type Change = (random: Random, text: string, other: string) => string

const CHANGES: readonly Change[] = [flipBit, cut, repeat, splice, replaceByte, insertPiece, swapLines, truncate, shift]

function flipBit(random: Random, text: string): string {
  const at = below(random, text.length)
  const code = text.charCodeAt(at)
  return Number.isNaN(code) ? text : replaced(text, at, at + 1, String.fromCharCode(code ^ (1 << below(random, 8))))
}

function cut(random: Random, text: string): string {
  const [start, end] = range(random, text)
  return replaced(text, start, end, '')
}

function repeat(random: Random, text: string): string {
  const [start, end] = range(random, text)
  return replaced(text, end, end, text.slice(start, end))
}

function splice(random: Random, text: string, other: string): string {
  const [start, end] = range(random, other)
  const [at, until] = chance(random, 0.5) ? range(random, text) : [below(random, text.length + 1), 0]
  return replaced(text, at, Math.max(at, until), other.slice(start, end))
}

function replaceByte(random: Random, text: string): string {
  const at = below(random, text.length)
  return replaced(text, at, at + 1, String.fromCharCode(below(random, 256)))
}

/** Often at a line start, where whole field lines make sense. */
function insertPiece(random: Random, text: string): string {
  const anywhere = below(random, text.length + 1)
  const line = text.indexOf('\n', anywhere) + 1
  const at = chance(random, 0.6) && line > 0 ? line : anywhere
  return replaced(text, at, at, oneOf(random, PIECES))
}

function swapLines(random: Random, text: string): string {
  const lines = text.split('\r\n')
  const [a, b] = [below(random, lines.length), below(random, lines.length)]
  const line = lines[a]!
  lines[a] = lines[b]!
  lines[b] = line
  return lines.join('\r\n')
}

function truncate(random: Random, text: string): string {
  return text.slice(0, below(random, text.length + 1))
}

/** A digit becomes another one: lengths and sizes that are off. */
function shift(random: Random, text: string): string {
  const from = below(random, text.length + 1)
  const at = from + text.slice(from).search(/[0-9]/)
  return at < from ? text : replaced(text, at, at + 1, String(below(random, 10)))
}

/** Mostly short. */
function range(random: Random, text: string): [number, number] {
  const start = below(random, text.length + 1)
  const most = chance(random, 0.8) ? 12 : text.length
  return [start, Math.min(text.length, start + below(random, most + 1))]
}

function replaced(text: string, start: number, end: number, by: string): string {
  return text.slice(0, start) + by + text.slice(end)
}
