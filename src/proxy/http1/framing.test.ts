import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scanFields } from './fields.ts'
import { CHUNKED, isBodyless, requestBodyLength, responseBodyLength, UNTIL_CLOSE } from './framing.ts'
import { headText } from './head-text.ts'

function fieldsOf(...lines: readonly string[]) {
  const text = lines.map((line) => `${line}\r\n`).join('')
  const fields = scanFields(headText(text), 0, 128)
  assert.ok(typeof fields !== 'string')
  return fields
}

type Verdict = number | 'bad-framing' | 'bad-coding' | 'body-too-large'

const SAME_BOTH_WAYS: readonly (readonly [lines: readonly string[], verdict: Verdict])[] = [
  [['Content-Length: 0'], 0],
  [['Content-Length: 17'], 17],
  [['content-length:\t17 '], 17],
  [['Content-Length: 0017'], 17],
  [[`Content-Length: ${'9'.repeat(15)}`], 999_999_999_999_999],
  [[`Content-Length: ${'0'.repeat(40)}7`], 7],
  [[`Content-Length: ${'9'.repeat(16)}`], 'body-too-large'],
  [['Content-Length:'], 'bad-framing'],
  [['Content-Length: +5'], 'bad-framing'],
  [['Content-Length: -5'], 'bad-framing'],
  [['Content-Length: 0x5'], 'bad-framing'],
  [['Content-Length: 5, 5'], 'bad-framing'],
  [['Content-Length: 5 5'], 'bad-framing'],
  [['Content-Length: 5.0'], 'bad-framing'],
  [['Content-Length: \xb25'], 'bad-framing'],
  [['Content-Length: 5', 'content-length: 5'], 'bad-framing'],
  [['Transfer-Encoding: chunked'], CHUNKED],
  [['transfer-encoding:\tChunked '], CHUNKED],
  [['Transfer-Encoding: gzip, chunked'], 'bad-coding'],
  [['Transfer-Encoding: chunked, gzip'], 'bad-framing'],
  [['Transfer-Encoding: chunked, chunked'], 'bad-framing'],
  [['Transfer-Encoding: identity'], 'bad-framing'],
  [['Transfer-Encoding: xchunked'], 'bad-framing'],
  [['Transfer-Encoding: \xa0chunked'], 'bad-framing'],
  [['Transfer-Encoding: chunked;q=1'], 'bad-framing'],
  [['Transfer-Encoding:'], 'bad-framing'],
  [['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], 'bad-framing'],
  [['Transfer-Encoding: chunked', 'Content-Length: 5'], 'bad-framing'],
  [['Content-Length: 5', 'Transfer-Encoding: chunked'], 'bad-framing'],
]
for (const [lines, verdict] of SAME_BOTH_WAYS) {
  test(`${JSON.stringify(lines)} is ${verdict}, in a request as in a response`, () => {
    assert.equal(requestBodyLength(fieldsOf(...lines), 1), verdict)
    assert.equal(responseBodyLength(fieldsOf(...lines), 1), verdict)
  })
}

test('HTTP/1.0 knows a length but no coding', () => {
  const coded = fieldsOf('Transfer-Encoding: chunked')
  assert.equal(requestBodyLength(coded, 0), 'bad-framing')
  assert.equal(responseBodyLength(coded, 0), 'bad-framing')
  assert.equal(requestBodyLength(fieldsOf('Content-Length: 3'), 0), 3)
})

test('without either field a request has no body, a response goes on to the end of its connection', () => {
  assert.equal(requestBodyLength(fieldsOf('Content-Lengt: 5', 'Content_Length: 5'), 1), 0)
  assert.equal(responseBodyLength(fieldsOf('Transfer_Encoding: chunked'), 1), UNTIL_CLOSE)
})

test('a length leaves in one spelling', () => {
  const fields = fieldsOf('A: 1', 'content-length: 007')
  requestBodyLength(fields, 1)
  assert.equal(fields.lines(), 'A: 1\r\nContent-Length: 7\r\n')
})

test('status and method decide that there is no body', () => {
  const bodyless = [
    [200, 'HEAD'],
    [404, 'HEAD'],
    [204, 'GET'],
    [304, 'GET'],
    [100, 'POST'],
    [199, 'GET'],
  ] as const
  for (const [status, method] of bodyless) assert.equal(isBodyless(status, method), true, `${status} to ${method}`)
  for (const status of [200, 205, 206, 301, 500]) assert.equal(isBodyless(status, 'GET'), false, `${status}`)
})
