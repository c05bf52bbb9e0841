import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headText } from './head-text.ts'
import { parseResponseHead } from './response-head.ts'

const parse = (text: string) => parseResponseHead(headText(text), 2)

const TAKEN: readonly (readonly [line: string, status: number, minor: 0 | 1])[] = [
  ['HTTP/1.1 200 OK', 200, 1],
  ['HTTP/1.1 200 ', 200, 1],
  ['HTTP/1.1 200', 200, 1],
  ['HTTP/1.0 404 Nicht da \xe9', 404, 0],
  ['HTTP/1.9 999 a\tb', 999, 1],
  ['HTTP/1.1 100 Continue', 100, 1],
]
for (const [line, status, minor] of TAKEN) {
  test(`taken: ${JSON.stringify(line)}`, () => {
    const head = parse(`${line}\r\nA: b\r\n`)
    assert.deepEqual([head?.status, head?.minor, head?.fields.lines()], [status, minor, 'A: b\r\n'])
  })
}

const REFUSED = [
  ...['', 'HTTP/2.0 200 OK', 'http/1.1 200 OK', 'HTTP/1. 200 OK', 'HTTP/1.11 200 OK', 'ICY 200 OK', ' HTTP/1.1 200 OK'],
  ...['HTTP/1.1  200 OK', 'HTTP/1.1 20 OK', 'HTTP/1.1 2000 OK', 'HTTP/1.1 099 OK', 'HTTP/1.1 2x0 OK', 'HTTP/1.1 200OK'],
  ...['HTTP/1.1 200 a\x01', 'HTTP/1.1 200 a\x7f', 'HTTP/1.1 200 a\rb', 'HTTP/1.1', 'HTTP/1.1 200\tOK'],
]
for (const line of REFUSED) {
  test(`refused: ${JSON.stringify(line)}`, () => assert.equal(parse(`${line}\r\nA: b\r\n`), undefined))
}

test('bad fields and too many of them make the head invalid', () => {
  assert.equal(parse('HTTP/1.1 200 OK\r\nA : b\r\n'), undefined)
  assert.equal(parse('HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\nC: 3\r\n'), undefined)
})
