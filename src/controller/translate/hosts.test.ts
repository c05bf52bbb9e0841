import assert from 'node:assert/strict'
import { test } from 'node:test'
import { covers, isHostName, parseHost } from './hosts.ts'

for (const host of [
  'example.com',
  'localhost',
  'a-b.c1',
  '*.example.com',
  'xn--bcher-kva.example',
  '1.example',
  'a'.repeat(63),
]) {
  test(`${host} is a host`, () => assert.deepEqual(parseHost(host), { host }))
}

test('no host is every host', () => {
  assert.deepEqual(parseHost(undefined), { host: '*' })
  assert.deepEqual(parseHost(''), { host: '*' })
})

for (const host of [
  '*',
  '*.',
  '*com',
  'a.*',
  '*.*.com',
  'a'.repeat(64),
  `${'a.'.repeat(127)}a`,
  ' a',
  'a b',
  'ä.example',
  '1.2.3.4',
  '::1',
  'a:80',
]) {
  test(`${JSON.stringify(host)} is no host`, () => assert.ok('complaint' in parseHost(host)))
}

test('a long host in parts is measured as a whole', () => {
  const longest = `${'a.'.repeat(126)}a`
  assert.equal(longest.length, 253)
  assert.equal(isHostName(longest), true)
  assert.equal(isHostName(`${longest}b`), false)
})

test('a wildcard covers one label', () => {
  assert.equal(covers('*.example.com', 'www.example.com'), true)
  assert.equal(covers('*.example.com', 'a.b.example.com'), false)
  assert.equal(covers('*.example.com', 'example.com'), false)
  assert.equal(covers('*.example.com', '*.example.com'), true)
  assert.equal(covers('www.example.com', 'www.example.com'), true)
  assert.equal(covers('localhost', 'example'), false)
})
