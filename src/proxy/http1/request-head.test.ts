import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headText } from './head-text.ts'
import { parseRequestHead, type RequestHead } from './request-head.ts'

const LIMITS = { requestLineBytes: 50, headerFields: 2 }
const parse = (text: string) => parseRequestHead(headText(text), LIMITS)

function parsed(text: string): RequestHead {
  const head = parse(text)
  assert.ok(typeof head !== 'string', `${JSON.stringify(text)} is ${head}`)
  return head
}

const TAKEN: readonly (readonly [line: string, method: string, target: string, minor: 0 | 1])[] = [
  ['GET / HTTP/1.1', 'GET', '/', 1],
  ['POST /a?b=c HTTP/1.0', 'POST', '/a?b=c', 0],
  ['GET / HTTP/1.9', 'GET', '/', 1],
  ['OPTIONS * HTTP/1.1', 'OPTIONS', '*', 1],
  ['GETS / HTTP/1.1', 'GETS', '/', 1],
  ["!#$%&'*+-.^_`|~ / HTTP/1.1", "!#$%&'*+-.^_`|~", '/', 1],
  ['GET http://h:1/"<>^`{|} HTTP/1.1', 'GET', 'http://h:1/"<>^`{|}', 1],
  [`${'M'.repeat(32)} / HTTP/1.1`, 'M'.repeat(32), '/', 1],
]
for (const [line, method, target, minor] of TAKEN) {
  test(`taken: ${line}`, () => {
    const head = parsed(`${line}\r\nA: b\r\n`)
    assert.deepEqual([head.method, head.target, head.minor], [method, target, minor])
    assert.equal(head.fields.lines(), 'A: b\r\n')
  })
}

const REFUSED: readonly (readonly [line: string, fault: string])[] = [
  ['', 'bad-request-line'],
  ['GET', 'bad-request-line'],
  ['GET /', 'bad-request-line'],
  ['GET  / HTTP/1.1', 'bad-target'],
  ['GET HTTP/1.1', 'bad-request-line'],
  ['GET / ', 'bad-request-line'],
  ['GET / HTTP/1.1 ', 'bad-request-line'],
  ['GET / HTTP/1.1 x', 'bad-request-line'],
  ['GET /\tHTTP/1.1', 'bad-target'],
  ['GET\t/ HTTP/1.1', 'bad-request-line'],
  [' GET / HTTP/1.1', 'bad-request-line'],
  ['G(T / HTTP/1.1', 'bad-request-line'],
  ['G\xe9T / HTTP/1.1', 'bad-request-line'],
  ['GET /a#b HTTP/1.1', 'bad-target'],
  ['GET /\xe9 HTTP/1.1', 'bad-target'],
  ['GET /\0 HTTP/1.1', 'bad-target'],
  ['GET /\x7f HTTP/1.1', 'bad-target'],
  ['GET / http/1.1', 'bad-request-line'],
  ['GET / HTTP/1.10', 'bad-request-line'],
  ['GET / HTTP/11', 'bad-request-line'],
  ['GET / HTTP/2.0', 'bad-version'],
  ['GET / HTTP/0.9', 'bad-version'],
  [`${'M'.repeat(33)} / HTTP/1.1`, 'bad-method'],
  [`${'M'.repeat(51)} / HTTP/1.1`, 'request-line-too-long'],
  [`GET /${'a'.repeat(50)} HTTP/1.1`, 'request-line-too-long'],
]
for (const [line, fault] of REFUSED) {
  test(`refused as ${fault}: ${JSON.stringify(line)}`, () => assert.equal(parse(`${line}\r\nA: b\r\n`), fault))
}

test('the faults of fields are handed on', () => {
  assert.equal(parse('GET / HTTP/1.1\r\nA : b\r\n'), 'bad-field')
  assert.equal(parse('GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\n'), 'header-too-large')
})

test('a target is plain when it is a path and nothing in it asks for normalisation', () => {
  const plain = ['/', '/a/b-c', '/a;b=c', '//', '/~u/@x:1']
  const other = ['/a.b', '/a%41', '/a?b', '*', 'http://h/']
  for (const target of plain) assert.equal(parsed(`GET ${target} HTTP/1.1\r\n`).plainTarget, true, target)
  for (const target of other) assert.equal(parsed(`GET ${target} HTTP/1.1\r\n`).plainTarget, false, target)
})

test('what lies behind the head in the same text plays no part', () => {
  const head = 'GET / HTTP/1.1\r\nHost: a\r\n'
  const found = parseRequestHead(headText(`${head}\r\nHost: b\r\n`, head.length), LIMITS)
  assert.ok(typeof found !== 'string')
  assert.equal(found.fields.lines(), 'Host: a\r\n')
})
