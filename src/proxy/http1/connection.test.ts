import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectionOptions, dropNominated } from './connection.ts'
import { scanFields } from './fields.ts'
import { headText } from './head-text.ts'

function fieldsOf(...lines: readonly string[]) {
  const text = lines.map((line) => `${line}\r\n`).join('')
  const fields = scanFields(headText(text), 0, 128)
  assert.ok(typeof fields !== 'string')
  return fields
}

const NONE = { close: false, keepAlive: false, upgrade: false, nominated: [] as string[] }

const READ: readonly (readonly [lines: readonly string[], said: Partial<typeof NONE>])[] = [
  [[], {}],
  [['Connection:'], {}],
  [['Connection: close'], { close: true }],
  [['connection: Close'], { close: true }],
  [['Connection: keep-alive'], { keepAlive: true }],
  [['Connection: Keep-Alive, Upgrade'], { keepAlive: true, upgrade: true }],
  [['Connection: keep-alive', 'Connection: close'], { keepAlive: true, close: true }],
  [['Connection: close', 'Connection: X-A'], { close: true, nominated: ['x-a'] }],
  [['Connection: ,, X-A ,\tTE,'], { nominated: ['x-a', 'te'] }],
  [['Connection: "close"'], {}],
  [['Connection: clos e'], {}],
  [['Connection: close;q=1'], {}],
  [['Connection: \xa0close'], {}],
]
for (const [lines, said] of READ) {
  test(`read: ${JSON.stringify(lines)}`, () =>
    assert.deepEqual(connectionOptions(fieldsOf(...lines)), { ...NONE, ...said }))
}

test('nominated fields go, except those that decide about framing and routing', () => {
  const kept = ['Host: h', 'Content-Length: 1', 'Transfer-Encoding: chunked']
  const nomination = 'Connection: host, content-length, Transfer-Encoding, connection, x-a, X_B, cookie, nothing'
  const fields = fieldsOf(...kept, 'X-A: 1', nomination, 'x_b: 1', 'Cookie: c', 'X-C: 1')
  dropNominated(fields, connectionOptions(fields))
  assert.equal(fields.lines(), [...kept, nomination, 'X-C: 1', ''].join('\r\n'))
})
