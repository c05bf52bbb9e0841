import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPort, networkOf, parseAddress, scopeOf, showNetwork } from './ip.ts'
import { seededRandom } from './random.ts'

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

for (const [address, network] of [
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['2001:db8:1::', '2001:db8:1:0'],
  ['::1', '0:0:0:0'],
] as const) {
  test(`${address} counts as ${network}`, () => assert.equal(networkOf(address, { ipv4: 32, ipv6: 64 }), network))
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

test('a port is an integer from 1 to 65535', () => {
  for (const port of [1, 80, 65_535]) assert.equal(isPort(port), true, `${port}`)
  for (const port of [0, -1, 65_536, 80.5, Number.NaN]) assert.equal(isPort(port), false, `${port}`)
})

for (const [address, networks, shown] of [
  ['203.0.113.7', { ipv4: 32, ipv6: 64 }, '203.0.113.7'],
  ['203.0.113.7', { ipv4: 24, ipv6: 64 }, '203.0.113.0/24'],
  ['203.0.113.7', { ipv4: 1, ipv6: 64 }, '128.0.0.0/1'],
  ['2001:db8:1:2::7', { ipv4: 32, ipv6: 64 }, '2001:db8:1:2::/64'],
  ['2001:db8:1:2:3:4:5:7', { ipv4: 32, ipv6: 120 }, '2001:db8:1:2:3:4:5:0/120'],
  ['2001:db8::7', { ipv4: 32, ipv6: 128 }, '2001:db8::7'],
] as const) {
  test(`${address} is shown as ${shown}`, () => assert.equal(showNetwork(address, networks), shown))
}

test('an address counts by its first groups, wherever its zeros are (seed 5)', () => {
  const random = seededRandom(5)
  for (let round = 0; round < 5_000; round++) {
    const groups = Array.from({ length: 8 }, () => (random() < 0.5 ? '0' : Math.ceil(random() * 0xffff).toString(16)))
    const address = parseAddress(groups.join(':'))!.text
    for (let count = 1; count <= 8; count++) {
      const network = networkOf(address, { ipv4: 32, ipv6: 16 * count })
      assert.equal(network, groups.slice(0, count).join(':'), address)
    }
  }
})
