/**
 * Requests by the grammar, with a dose of what real clients and attackers get wrong. Nearly every value below sits on
 * an edge that some parser has decided differently from another one.
 */
import type { Random } from '../../../src/lib/random.ts'
import { below, chance, oneOf } from './choice.ts'

export const HOST = 'app.example.test'
const ODD = 0.04

const METHODS = ['GET', 'GET', 'GET', 'POST', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'M-SEARCH']
const ODD_METHODS = ['CONNECT', 'TRACE', 'get', 'G(T', 'X'.repeat(32), 'X'.repeat(33), '', 'GE\0T', 'G\xe9T']
const TARGETS = [
  ...['/', '/', '/a', '/a/b?c=d', '/a/./b', '/a/../b', '/a//b', '/%7euser/%2e/x', '/a%2fb%2F', '/a;v=1?x=/../y'],
  ...['/?', '/a?b', '/"<>^`{|}', `/${'long'.repeat(20)}`, '/..a/.b/...', '/a/b/..', '/a/.'],
  ...[`http://${HOST}/abs?q`, 'HTTP://other.test:81?x', `https://${HOST}`, 'http://[::1]:8/..a', 'http://x.test'],
]
const ODD_TARGETS = [
  ...['*', '', 'a', '/..', '/a/../../b', '/%', '/%zz', '/%00', '/a b', '/a#b', '/\x7f', '/\xe9', '//', '/%2e%2E/x'],
  ...['http://', 'http:///x', 'ftp://x/', 'http://u@h/', 'http://[::1/', 'http://h:99999/', 'http://h:/', 'h:443'],
]
const VERSIONS = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/1.2']
const ODD_VERSIONS = ['HTTP/2.0', 'HTTP/1.10', 'http/1.1', 'HTTP/1.1 ', 'HTTP/0.9', 'HTTP/ 1.1', '', 'HTTP/1.1\n']
const ODD_HOSTS = [
  ...[
    '',
    ' ',
    'a b',
    'x,y',
    'h:port',
    'h:65536',
    'h:65535',
    'h:',
    '[::1]',
    '[::1]:80',
    '[::g]',
    '[fe80::1%25e]',
    '.',
    'h.',
  ],
  ...['APP.example.TEST:80', 'h/x', 'h@i', '\xe9', '_h_', '127.0.0.1'],
]
const FIELDS = [
  ...['Accept: */*', 'accept:text/html', 'User-Agent: fuzz/1 (a; b)', 'Cookie: a=b; c=d', 'X-Empty:', 'X-Blank:  \t '],
  ...[
    'X-Obs: \xe9\xff',
    'X-Tab: a\tb',
    `X-Long: ${'v'.repeat(200)}`,
    'x-a: 1',
    'X-A: 2',
    "!#$%&'*+-.^`|~: sym",
    'A: b',
  ],
  ...['Under_Score: 1', 'Content_Length: 9', 'Proxy: evil', 'TE: trailers', 'Trailer: X-T', 'Keep-Alive: timeout=5'],
  ...['Connection: close', 'Connection: keep-alive', 'Connection: X-A, keep-alive', 'Connection: close, x-empty,,'],
  ...[
    'Connection: Content-Length',
    'Connection: host, Transfer-Encoding',
    'Connection: "q", a b',
    'Connection: Cookie',
  ],
  ...['X-Forwarded-For: 1.2.3.4, ::1', 'X-Forwarded-Proto: https', 'X-Real-IP: 9.9.9.9', 'Forwarded: for=1'],
  ...['X-Request-ID: abc-1', 'X-Request-ID: no good', 'x-request-id: z', 'Connection: X-Request-ID, Accept'],
  ...['Expect: 100-continue', 'Expect: 100-Continue', 'Max-Forwards: 3', 'Max-Forwards: 0', 'Max-Forwards: x'],
  ...['Upgrade: websocket', 'Connection: Upgrade', 'Upgrade: h2c, foo/1, bad(', 'HTTP2-Settings: AAMAAABk', 'Age: 1'],
]
const ODD_FIELDS = [
  ...[
    'no colon',
    ': empty',
    'a : b',
    ' lead: x',
    '\tlead: x',
    'a\0: b',
    'a: b\0',
    'a: \x01',
    'a: \x7f',
    'a: b\rc',
    'a: b\nc: d',
  ],
  ...['\xe9: x', 'a(b): c', 'Host: second.test', 'Expect: 200-ok', 'a: b\r', '', `Transfer-Encoding: chunked`],
  ...['Content-Length: 3', 'Expect: 100-continue\r\nExpect: 100-continue', 'x\ty: z', 'Host : h'],
]
const ODD_LENGTHS = [
  ...[
    '',
    '+5',
    '-1',
    '5,5',
    '5 5',
    '0x5',
    '05',
    '00',
    '5.0',
    '1e1',
    '9'.repeat(15),
    '9'.repeat(16),
    `${'0'.repeat(30)}5`,
  ],
  ...['\x0b5', '\xa05', '\xd9\xa5', '5\t', '2147483648'],
]
const ODD_CODINGS = [
  ...['gzip, chunked', 'chunked, gzip', 'identity', 'chunked, chunked', 'xchunked', 'chunked;q=1', '\x0bchunked', ''],
  ...['Chunked', 'CHUNKED ', 'chunked\x0b', '"chunked"', 'chunked,', ',chunked', 'chun\xe2\x84\xaaed'],
]

/** What one client connection sends: one to four requests, one behind the other. */
export function anyRequests(random: Random): string {
  let text = ''
  for (let left = 1 + below(random, 4); left > 0; left--) text += anyRequest(random)
  return text
}

export function anyRequest(random: Random): string {
  const method = chance(random, ODD) ? oneOf(random, ODD_METHODS) : oneOf(random, METHODS)
  const target = chance(random, ODD) ? oneOf(random, ODD_TARGETS) : oneOf(random, TARGETS)
  const version = chance(random, ODD) ? oneOf(random, ODD_VERSIONS) : oneOf(random, VERSIONS)
  const { fields, body } = anyBody(random, method)
  const lines = [...anyHost(random), ...fields]
  for (let left = below(random, 5); left > 0; left--) {
    const line = chance(random, ODD) ? oneOf(random, ODD_FIELDS) : oneOf(random, FIELDS)
    lines.splice(below(random, lines.length + 1), 0, line)
  }
  const before = chance(random, ODD) ? oneOf(random, ['\r\n', '\n', '\r\n\r\n', ' ', '\r']) : ''
  return `${before}${method} ${target} ${version}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n${body}`
}

function anyHost(random: Random): string[] {
  if (chance(random, ODD)) return [`Host: ${oneOf(random, ODD_HOSTS)}`]
  return chance(random, ODD) ? [] : [oneOf(random, [`Host: ${HOST}`, `host:${HOST}`, `HOST: \t${HOST} \t`])]
}

/** Framing fields and a body that fits them; now and then one of the two is off. */
export function anyBody(random: Random, method: string): { fields: string[]; body: string } {
  const wanted = method === 'POST' || method === 'PUT' || method === 'PATCH' ? 0.85 : 0.1
  if (!chance(random, wanted)) return { fields: [], body: '' }
  const content = anyContent(random)
  if (chance(random, 0.5)) {
    const length = chance(random, ODD) ? oneOf(random, ODD_LENGTHS) : String(content.length)
    return { fields: [`Content-Length: ${length}`], body: content }
  }
  const coding = chance(random, ODD) ? oneOf(random, ODD_CODINGS) : 'chunked'
  return { fields: [`Transfer-Encoding: ${coding}`], body: chunked(random, content) }
}

/** Some contents look like messages, so that a parser that loses its place finds something to talk about. */
function anyContent(random: Random): string {
  if (chance(random, 0.02)) return 'large'.repeat(900 + below(random, 900))
  if (chance(random, 0.2)) return `GET /smuggled HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`
  if (chance(random, 0.1)) return '0\r\n\r\n'
  return 'body\r\n\r\n\0\xff'.slice(0, below(random, 11))
}

const SIZES = [
  (n: number) => n.toString(16),
  (n: number) => n.toString(16).toUpperCase(),
  (n: number) => `000${n.toString(16)}`,
]
const EXTENSIONS = ['', '', '', '', ';a', ';a=b', ' ; a = "q;\\"x"', ';a="\xe9"', '\t;x;y=1']
const ODD_EXTENSIONS = [
  ' ',
  ';',
  ';;a',
  ';a=',
  ';a="',
  ';a="\x01"',
  '\x0b;a',
  ';a\nb',
  ' a',
  `;${'e'.repeat(1100)}`,
  ';a=b\r',
]
const TRAILERS = [
  'X-T: 1',
  'x-t2:\tv ',
  'X-T-Empty:',
  'Content-Length: 7',
  'Host: evil.test',
  'Authorization: x',
  'X_T: 1',
]
const ODD_TRAILERS = ['no colon', ' fold: x', 'a : b', ': x', 'a: b\0', 'a: b\nc: d', 'Transfer-Encoding: chunked\r']

/** `content` in chunks. */
export function chunked(random: Random, content: string): string {
  let text = ''
  for (let at = 0; at < content.length; ) {
    const size = Math.min(content.length - at, 1 + below(random, content.length))
    const end = chance(random, ODD) ? oneOf(random, ['\n', '\r', '', '\r\n\r\n', 'x\r\n']) : '\r\n'
    text += `${sizeLine(random, size)}\r\n${content.slice(at, at + size)}${end}`
    at += size
  }
  const trailers: string[] = []
  while (chance(random, 0.15)) trailers.push(oneOf(random, chance(random, ODD) ? ODD_TRAILERS : TRAILERS))
  return `${text}${sizeLine(random, 0)}\r\n${trailers.map((line) => `${line}\r\n`).join('')}\r\n`
}

function sizeLine(random: Random, size: number): string {
  if (chance(random, ODD / 2))
    return oneOf(random, ['', '-1', '0x5', '5 ', ' 5', 'g', 'f'.repeat(13), '0'.repeat(65), '+3'])
  return oneOf(random, SIZES)(size) + oneOf(random, chance(random, ODD) ? ODD_EXTENSIONS : EXTENSIONS)
}
