import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CidrSet, isCidr, parseAddress, scopeOf } from './ip.ts'

test('an address has one spelling', () => {
  assert.deepEqual(parseAddress('10.0.0.1'), { text: '10.0.0.1', family: 'IPv4' })
  assert.deepEqual(parseAddress('2001:DB8:0:0::1'), { text: '2001:db8::1', family: 'IPv6' })
  assert.deepEqual(parseAddress('::'), { text: '::', family: 'IPv6' })
})

for (const text of [
  '',
  '10.0.0',
  '10.0.0.01',
  '10.0.0.256',
  '[::1]',
  'fe80::1%eth0',
  '1::2::3',
  'localhost',
  '10.0.0.1:80',
]) {
  test(`${JSON.stringify(text)} is no address`, () => assert.equal(parseAddress(text), undefined))
}

for (const [text, scope] of [
  ['127.0.0.1', 'loopback'],
  ['127.255.0.9', 'loopback'],
  ['::1', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['169.254.169.254', 'link-local'],
  ['::ffff:169.254.169.254', 'link-local'],
  ['fe80::1', 'link-local'],
  ['febf::1', 'link-local'],
  ['0.0.0.0', 'unspecified'],
  ['::', 'unspecified'],
  ['224.0.0.1', 'multicast'],
  ['ff02::1', 'multicast'],
  ['255.255.255.255', 'reserved'],
  ['10.244.0.7', 'global'],
  ['fec0::1', 'global'],
  ['fd00::7', 'global'],
] as const) {
  test(`${text} is ${scope}`, () => assert.equal(scopeOf(parseAddress(text)!), scope))
}

test('a set of ranges knows its members, in either family', () => {
  const set = new CidrSet(['10.0.0.0/8', 'fd00::/8', '192.0.2.7'])
  for (const inside of ['10.1.2.3', 'fd12::1', '192.0.2.7', '::ffff:10.0.0.1'])
    assert.equal(set.has(inside), true, inside)
  for (const outside of ['11.0.0.1', 'fe00::1', '192.0.2.8', 'nonsense', ''])
    assert.equal(set.has(outside), false, outside)
})

test('what is no range is refused by name', () => {
  for (const text of ['10.0.0.0/33', 'fd00::/129', '10.0.0.0/', '/8', '10/8', 'x'])
    assert.equal(isCidr(text), false, text)
  assert.throws(() => new CidrSet(['10.0.0.0/8', '10.0.0.0/33']), /not 10\.0\.0\.0\/33/)
})
