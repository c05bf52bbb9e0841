import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as schema from './schema.ts'

function readsAs<T>(
  name: string,
  field: schema.LineField<T>,
  rows: readonly (readonly [text: string, value: T | undefined])[],
) {
  for (const [text, value] of rows) {
    test(`${name} ${JSON.stringify(text)}: ${value === undefined ? 'refused' : JSON.stringify(value)}`, () =>
      assert.deepEqual(field.readText(text), value))
  }
}

readsAs('integer 0 to 10', schema.integer(0, 10), [
  ['0', 0],
  ['10', 10],
  ['11', undefined],
  ['-1', undefined],
  ['-0', undefined],
  ['007', undefined],
  ['1.0', undefined],
  ['1e1', undefined],
  [' 1', undefined],
  ['', undefined],
  ['9'.repeat(400), undefined],
])

readsAs('duration', schema.duration(), [
  ['0', 0],
  ['0s', 0],
  ['250ms', 250],
  ['10s', 10_000],
  ['1m30s', 90_000],
  ['1h1m1s1ms', 3_661_001],
  ['24h', 86_400_000],
  ['24h1ms', undefined],
  ['60', undefined],
  ['1.5s', undefined],
  ['-1s', undefined],
  ['1 s', undefined],
  ['1d', undefined],
  ['', undefined],
])

readsAs('bytes', schema.bytes(), [
  ['0', 0],
  ['1048576', 1_048_576],
  ['8k', 8_000],
  ['512Ki', 524_288],
  ['10Mi', 10_485_760],
  ['1G', 1_000_000_000],
  ['8m', undefined],
  ['8K', undefined],
  ['15r', undefined],
  ['1.5Mi', undefined],
  ['999999999999Gi', undefined],
  ['', undefined],
])

readsAs('one of', schema.oneOf('on', 'off'), [
  ['on', 'on'],
  ['On', undefined],
])
readsAs('boolean', schema.boolean(), [
  ['true', true],
  ['false', false],
  ['yes', undefined],
])
readsAs('text', schema.text(/[a-z]+/, 'a word'), [
  ['word', 'word'],
  ['two words', undefined],
  ['word\n', undefined],
])
readsAs('list', schema.list(schema.integer(1, 3)), [
  ['', []],
  ['1', [1]],
  [' 1, 2 ,3', [1, 2, 3]],
  ['1,,2', undefined],
  ['1,9', undefined],
])

test('a complaint says what was expected and what was there', () => {
  assert.deepEqual(schema.parseText(schema.integer(0, 10), 'eleven'), {
    ok: false,
    complaint: 'expected an integer from 0 to 10, not "eleven"',
  })
  assert.deepEqual(schema.parseText(schema.integer(0, 10), '7'), { ok: true, value: 7 })
})

test('a quoted value is cut where it is long, and its control characters are escaped', () => {
  assert.equal(schema.quote('a\n\u0007"'), '"a\\n\\u0007\\""')
  assert.equal(schema.quote('x'.repeat(500)).length, 83)
})
