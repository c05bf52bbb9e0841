import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddressSet } from '../../lib/cidr.ts'
import type { ExchangeInit } from '../exchange.ts'
import type { FaultCode } from '../faults.ts'
import { headText } from '../http1/head-text.ts'
import { parseRequestHead } from '../http1/request-head.ts'
import { newClient } from './client.ts'
import { normalize } from './normalize.ts'

const LIMITS = { requestLineBytes: 8192, headerFields: 100 }

function newTestClient() {
  const trustedProxies = new AddressSet([])
  const about = { address: '203.0.113.7', scheme: 'http', serverName: '', port: 80 } as const
  return newClient({ ...about, trustedProxies, sendForwarded: false })
}

function normalizeText(
  requestLine: string,
  lines: readonly string[],
  client = newTestClient(),
): ExchangeInit | FaultCode {
  const text = [requestLine, ...lines].map((line) => `${line}\r\n`).join('')
  const head = parseRequestHead(headText(text), LIMITS)
  assert.ok(typeof head === 'object', `${requestLine}: ${String(head)}`)
  return normalize(head, { client, freshId: () => 'fresh' }, 17)
}

function accepted(requestLine: string, ...lines: readonly string[]): ExchangeInit {
  const result = normalizeText(requestLine, lines)
  assert.ok(typeof result === 'object', String(result))
  return result
}

const REFUSED: readonly (readonly [fault: FaultCode, requestLine: string, lines: readonly string[], why: string])[] = [
  ['bad-method', 'CONNECT a.test:443 HTTP/1.1', ['Host: a.test'], 'a tunnel to anywhere'],
  ['bad-method', 'TRACE / HTTP/1.1', ['Host: a.test'], 'TRACE shows fields that others added'],
  ['bad-host', 'GET / HTTP/1.1', [], 'HTTP/1.1 without Host'],
  ['bad-host', 'GET / HTTP/1.1', ['Host: '], 'an empty Host'],
  ['bad-host', 'GET / HTTP/1.1', ['Host: a.test', 'Host: a.test'], 'two Hosts, even equal ones'],
  ['bad-host', 'GET / HTTP/1.0', ['Host: a.test', 'Host: b.test'], 'two Hosts in HTTP/1.0'],
  ['bad-host', 'GET / HTTP/1.1', ['Host: a b'], 'a malformed Host'],
  ['bad-host', 'GET http://a.test/ HTTP/1.1', [], 'an absolute form does not stand in for a missing Host'],
  ['bad-host', 'GET http://u@a.test/ HTTP/1.1', ['Host: a.test'], 'user information'],
  ['bad-target', 'GET * HTTP/1.1', ['Host: a.test'], 'an asterisk without OPTIONS'],
  ['bad-target', 'GET /../x HTTP/1.1', ['Host: a.test'], 'a path over the root'],
  ['bad-framing', 'POST / HTTP/1.1', ['Host: a', 'Content-Length: 1', 'Transfer-Encoding: chunked'], 'two framings'],
  ['bad-framing', 'POST / HTTP/1.1', ['Host: a', 'Content-Length: 1', 'Content-Length: 1'], 'two lengths'],
  ['bad-framing', 'POST / HTTP/1.1', ['Host: a', 'Content-Length: -1'], 'a negative length'],
  ['bad-framing', 'POST / HTTP/1.0', ['Transfer-Encoding: chunked'], 'a coding in HTTP/1.0'],
  ['bad-coding', 'POST / HTTP/1.1', ['Host: a', 'Transfer-Encoding: gzip, chunked'], 'a coding we do not know'],
  ['bad-expectation', 'POST / HTTP/1.1', ['Host: a', 'Expect: miracles', 'Content-Length: 1'], 'a strange expectation'],
  ['bad-field', 'OPTIONS / HTTP/1.1', ['Host: a', 'Max-Forwards: x'], 'a count that is none'],
  ['hops-used-up', 'OPTIONS / HTTP/1.1', ['Host: a', 'Max-Forwards: 0'], 'the last hop'],
]

for (const [fault, requestLine, lines, why] of REFUSED) {
  test(`${requestLine} is ${fault}: ${why}`, () => assert.equal(normalizeText(requestLine, lines), fault))
}

test('what is ordinary comes through: host in lower case, path normalised, query as it was', () => {
  const init = accepted('GET /%66oo/../bar?x=%66 HTTP/1.1', 'Host: A.Test:8080')
  const { requestHeaders, ...rest } = init
  assert.deepEqual(rest, {
    method: 'GET',
    scheme: 'http',
    authority: 'A.Test:8080',
    host: 'a.test',
    serverName: '',
    path: '/bar',
    query: '?x=%66',
    version: '1.1',
    clientAddress: '203.0.113.7',
    startedAt: 17,
    hasBody: false,
    bodyLength: 0,
    upgrade: '',
    requestId: 'fresh',
    forwardedHost: 'A.Test:8080',
    persistent: true,
  })
  assert.equal(requestHeaders.get('host'), 'A.Test:8080')
})

test('the absolute form counts more than Host, and replaces it', () => {
  const init = accepted('GET http://b.test/x HTTP/1.1', 'Host: a.test')
  assert.equal(init.host, 'b.test')
  assert.deepEqual(init.requestHeaders.getAll('host'), ['b.test'])
})

test('HTTP/1.0 may name no host', () => {
  const init = accepted('GET / HTTP/1.0')
  assert.deepEqual([init.host, init.authority, init.version], ['', '', '1.0'])
})

test('a connection that changes its Host is judged anew each time', () => {
  const client = newTestClient()
  const hosts = ['a.test', 'b.test', 'B.test', 'a.test'].map((name) => {
    const result = normalizeText('GET / HTTP/1.1', [`Host: ${name}`], client)
    return typeof result === 'string' ? result : result.host
  })
  assert.deepEqual(hosts, ['a.test', 'b.test', 'b.test', 'a.test'])
  assert.equal(normalizeText('GET / HTTP/1.1', ['Host: /'], client), 'bad-host')
})

test('the host of one request says nothing about the next one without any', () => {
  const client = newTestClient()
  const forwarded = ['Host: a.test', 'X-Other: 1', 'Host: b.test'].map((line) => {
    const result = normalizeText('GET / HTTP/1.0', [line], client)
    return typeof result === 'string' ? result : [result.host, result.forwardedHost]
  })
  assert.deepEqual(forwarded, [
    ['a.test', 'a.test'],
    ['', ''],
    ['b.test', 'b.test'],
  ])
})

test('fields of this hop do not travel, nor what the client nominates, nor what fools backends', () => {
  const init = accepted(
    'GET / HTTP/1.1',
    'Host: a.test',
    'Connection: keep-alive, X-Mine, Host',
    'Keep-Alive: timeout=5',
    'Proxy-Connection: keep-alive',
    'TE: trailers',
    'HTTP2-Settings: x',
    'X-Mine: 1',
    'Proxy: http://evil.test',
    'X_Real_IP: 127.0.0.1',
    'X-Other: stays',
  )
  const names = [...init.requestHeaders].map(([name]) => name.toLowerCase()).filter((name) => !/^x-[fr]/.test(name))
  assert.deepEqual(names, ['host', 'x-other'])
})

const PERSISTENCE: readonly (readonly [requestLine: string, connection: string, persistent: boolean])[] = [
  ['GET / HTTP/1.1', '', true],
  ['GET / HTTP/1.1', 'Connection: close', false],
  ['GET / HTTP/1.1', 'Connection: keep-alive, CLOSE', false],
  ['GET / HTTP/1.0', '', false],
  ['GET / HTTP/1.0', 'Connection: keep-alive', true],
  ['GET / HTTP/1.0', 'Connection: keep-alive, close', false],
]

for (const [requestLine, connection, persistent] of PERSISTENCE) {
  test(`${requestLine}, ${connection || 'no Connection'}: ${persistent ? 'kept' : 'closed'}`, () => {
    const lines = ['Host: a.test', connection].filter((line) => line !== '')
    assert.equal(accepted(requestLine, ...lines).persistent, persistent)
  })
}

const UPGRADES: readonly (readonly [lines: readonly string[], upgrade: string, why: string])[] = [
  [['Connection: Upgrade', 'Upgrade: websocket'], 'websocket', 'an offer'],
  [['Connection: keep-alive, upgrade', 'Upgrade: a, websocket'], 'a, websocket', 'two offers'],
  [['Upgrade: websocket'], '', 'an offer that Connection does not carry'],
  [['Connection: Upgrade'], '', 'Connection without an offer'],
  [['Connection: Upgrade', 'Upgrade: h2c'], '', 'h2c would tunnel past every rule of ours'],
  [['Connection: Upgrade', 'Upgrade: H2C, websocket'], 'websocket', 'h2c is left out of a list'],
  [['Connection: Upgrade', 'Upgrade: web socket'], '', 'a name that is none'],
  [['Connection: Upgrade', 'Upgrade: websocket', 'Content-Length: 1'], '', 'a request with a body stays HTTP'],
]

for (const [lines, upgrade, why] of UPGRADES) {
  test(`upgrade: ${why}`, () => {
    const init = accepted('GET / HTTP/1.1', 'Host: a.test', ...lines)
    assert.equal(init.upgrade, upgrade)
    assert.equal(init.requestHeaders.has('upgrade'), false)
  })
}

test('HTTP/1.0 cannot upgrade, and its Expect means nothing', () => {
  const init = accepted(
    'POST / HTTP/1.0',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Expect: 100-continue',
    'Content-Length: 0',
  )
  assert.equal(init.upgrade, '')
  assert.equal(init.requestHeaders.has('expect'), false)
})

test('lengths of bodies', () => {
  const lengths = ['Content-Length: 0', 'Content-Length: 007', 'Transfer-Encoding: chunked'].map((line) => {
    const { hasBody, bodyLength } = accepted('POST / HTTP/1.1', 'Host: a.test', line)
    return [hasBody, bodyLength]
  })
  assert.deepEqual(lengths, [
    [false, 0],
    [true, 7],
    [true, -1],
  ])
})

test('Max-Forwards is counted down for OPTIONS, and left alone otherwise', () => {
  const options = accepted('OPTIONS / HTTP/1.1', 'Host: a.test', 'Max-Forwards: 3')
  const get = accepted('GET / HTTP/1.1', 'Host: a.test', 'Max-Forwards: 0')
  assert.equal(options.requestHeaders.get('max-forwards'), '2')
  assert.equal(get.requestHeaders.get('max-forwards'), '0')
})
