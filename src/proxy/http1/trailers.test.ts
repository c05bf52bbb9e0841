import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scanFields } from './fields.ts'
import { headText } from './head-text.ts'
import { forwardableTrailers } from './trailers.ts'

function forwarded(text: string): string | undefined {
  const fields = scanFields(headText(text), 0, 128)
  assert.ok(typeof fields !== 'string')
  return forwardableTrailers(fields)?.lines()
}

test('trailers that only describe pass in their order', () => {
  const text = 'Grpc-Status: 0\r\nX-Checksum: ab\r\ngrpc-message:\r\nServer-Timing: x\r\n'
  assert.equal(forwarded(text), text)
})

const FORBIDDEN = [
  ...['Host', 'CONTENT-LENGTH', 'transfer-encoding', 'Connection', 'TE', 'Trailer', 'Upgrade', 'Expect', 'Keep-Alive'],
  ...['Authorization', 'Cookie', 'Set-Cookie', 'Proxy-Authorization', 'WWW-Authenticate', 'Proxy', 'Max-Forwards'],
  ...['X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'X-Real-IP', 'Forwarded', 'X-Request-ID'],
  ...['Content-Type', 'Content-Encoding', 'Content-Range', 'Cache-Control', 'Location', 'Range', 'Vary', 'Date', 'Age'],
  ...['X_Under', 'Content_Length'],
]
for (const name of FORBIDDEN) {
  test(`${name} does not pass behind a body`, () => {
    assert.equal(forwarded(`A: 1\r\n${name}: x\r\nB: 2\r\n`), 'A: 1\r\nB: 2\r\n')
  })
}

test('where nothing is left there are no trailers', () => {
  assert.equal(forwarded('Host: h\r\n'), undefined)
  assert.equal(forwardableTrailers(undefined), undefined)
})
