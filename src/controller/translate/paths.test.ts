import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePath } from './paths.ts'

const ROOT = { match: { kind: 'prefix', value: '/' } }

test('a path may be left out with ImplementationSpecific alone', () => {
  assert.deepEqual(parsePath(undefined, 'ImplementationSpecific'), ROOT)
  assert.deepEqual(parsePath('', 'ImplementationSpecific'), ROOT)
  assert.ok('complaint' in parsePath(undefined, 'Prefix'))
  assert.ok('complaint' in parsePath('', 'Exact'))
})

test('a prefix has no slash at its end, except the root', () => {
  for (const [written, value] of [
    ['/foo/', '/foo'],
    ['/foo//', '/foo'],
    ['/', '/'],
    ['//', '/'],
    ['/a/..', '/'],
    ['/a/.', '/a'],
  ] as const) {
    assert.deepEqual(parsePath(written, 'Prefix'), { match: { kind: 'prefix', value } }, written)
  }
})

test('an exact path keeps the slash at its end', () => {
  assert.deepEqual(parsePath('/foo/', 'Exact'), { match: { kind: 'exact', value: '/foo/' } })
})

test('the length counts in bytes, and the longest path is taken', () => {
  const longest = `/${'x'.repeat(4095)}`
  assert.ok('match' in parsePath(longest, 'Exact'))
  assert.ok('complaint' in parsePath(`${longest}x`, 'Exact'))
  assert.ok('complaint' in parsePath(`/${'ä'.repeat(2048)}`, 'Exact'))
})

test('half a surrogate pair is no text', () => {
  const parsed = parsePath('/\ud800', 'Exact')
  assert.match('complaint' in parsed ? parsed.complaint : '', /well-formed Unicode/)
})

test('characters beyond ASCII are encoded as a request carries them', () => {
  assert.deepEqual(parsePath('/größe/\u{1f600}', 'Exact'), {
    match: { kind: 'exact', value: '/gr%C3%B6%C3%9Fe/%F0%9F%98%80' },
  })
})
