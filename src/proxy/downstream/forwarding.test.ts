import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddressSet } from '../../lib/cidr.ts'
import { HeaderList } from '../headers.ts'
import { scanFields } from '../http1/fields.ts'
import { headText } from '../http1/head-text.ts'
import { type Client, newClient, remember } from './client.ts'
import { forwardedHost, requestId, setForwardingFields } from './forwarding.ts'

const TRUSTED = ['10.0.0.0/8', 'fd00::/8']

interface Scene {
  readonly why: string
  /** Address of the peer; those in 10.0.0.0/8 and fd00::/8 are trusted. */
  readonly peer: string
  readonly sent?: readonly string[]
  readonly client: string
  readonly fields: Readonly<Record<string, string>>
  readonly sendForwarded?: boolean
}

const OWN = { 'X-Forwarded-Proto': 'http', 'X-Forwarded-Port': '8080', 'X-Forwarded-Host': 'a.test' }

const SCENES: readonly Scene[] = [
  {
    why: 'a client that claims nothing is described',
    peer: '203.0.113.7',
    client: '203.0.113.7',
    fields: { ...OWN, 'X-Forwarded-For': '203.0.113.7', 'X-Real-IP': '203.0.113.7' },
  },
  {
    why: 'what an untrusted client claims is replaced, every spelling of it',
    peer: '203.0.113.7',
    sent: [
      'X-Forwarded-For: 1.2.3.4',
      'X-FORWARDED-FOR: 5.6.7.8',
      'X-Forwarded-Host: evil.test',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Port: 443',
      'X-Forwarded-Scheme: https',
      'X-Forwarded-Ssl: on',
      'X-Forwarded-Server: evil',
      'X-Forwarded-Prefix: /admin',
      'X-Real-IP: 127.0.0.1',
      'Forwarded: for=1.2.3.4',
    ],
    client: '203.0.113.7',
    fields: { ...OWN, 'X-Forwarded-For': '203.0.113.7', 'X-Real-IP': '203.0.113.7' },
  },
  {
    why: 'IPv4 written as IPv6 is IPv4',
    peer: '::ffff:203.0.113.7',
    client: '203.0.113.7',
    fields: { ...OWN, 'X-Forwarded-For': '203.0.113.7', 'X-Real-IP': '203.0.113.7' },
  },
  {
    why: 'a trusted proxy is believed',
    peer: '10.0.0.1',
    sent: [
      'X-Forwarded-For: 203.0.113.7',
      'X-Forwarded-Host: shop.test',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Port: 443',
      'X-Real-IP: 9.9.9.9',
    ],
    client: '203.0.113.7',
    fields: {
      'X-Forwarded-For': '203.0.113.7, 10.0.0.1',
      'X-Forwarded-Host': 'shop.test',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Port': '443',
      'X-Real-IP': '203.0.113.7',
    },
  },
  {
    why: 'the list is walked from the right over trusted hops, and no further',
    peer: '10.0.0.1',
    sent: ['X-Forwarded-For: 6.6.6.6, 203.0.113.7', 'X-Forwarded-For: 10.9.9.9,fd00::5'],
    client: '203.0.113.7',
    fields: {
      ...OWN,
      'X-Forwarded-For': '6.6.6.6, 203.0.113.7, 10.9.9.9, fd00::5, 10.0.0.1',
      'X-Real-IP': '203.0.113.7',
    },
  },
  {
    why: 'where all hops are trusted the leftmost is the client',
    peer: '10.0.0.1',
    sent: ['X-Forwarded-For: 10.2.2.2, 10.3.3.3'],
    client: '10.2.2.2',
    fields: { ...OWN, 'X-Forwarded-For': '10.2.2.2, 10.3.3.3, 10.0.0.1', 'X-Real-IP': '10.2.2.2' },
  },
  {
    why: 'a trusted proxy that claims nothing is the client itself',
    peer: '10.0.0.1',
    client: '10.0.0.1',
    fields: { ...OWN, 'X-Forwarded-For': '10.0.0.1', 'X-Real-IP': '10.0.0.1' },
  },
  {
    why: 'what is no address is left out of the list',
    peer: '10.0.0.1',
    sent: ['X-Forwarded-For: unknown, <script>, 203.0.113.7'],
    client: '203.0.113.7',
    fields: { ...OWN, 'X-Forwarded-For': '203.0.113.7, 10.0.0.1', 'X-Real-IP': '203.0.113.7' },
  },
  {
    why: 'an odd scheme or port of a trusted proxy is not passed on',
    peer: '10.0.0.1',
    sent: ['X-Forwarded-Proto: javascript', 'X-Forwarded-Port: 80; DROP'],
    client: '10.0.0.1',
    fields: { ...OWN, 'X-Forwarded-For': '10.0.0.1', 'X-Real-IP': '10.0.0.1' },
  },
  {
    why: 'Forwarded (RFC 7239) on request',
    peer: '203.0.113.7',
    sent: ['Forwarded: for=1.2.3.4'],
    sendForwarded: true,
    client: '203.0.113.7',
    fields: {
      ...OWN,
      'X-Forwarded-For': '203.0.113.7',
      'X-Real-IP': '203.0.113.7',
      Forwarded: 'for=203.0.113.7;host="a.test";proto=http',
    },
  },
  {
    why: 'Forwarded quotes IPv6',
    peer: '2001:db8::7',
    sendForwarded: true,
    client: '2001:db8::7',
    fields: {
      ...OWN,
      'X-Forwarded-For': '2001:db8::7',
      'X-Real-IP': '2001:db8::7',
      Forwarded: 'for="[2001:db8::7]";host="a.test";proto=http',
    },
  },
]

/** As they come out of a request head. */
function received(lines: readonly string[]): HeaderList {
  const text = lines.map((line) => `${line}\r\n`).join('')
  const fields = scanFields(headText(text), 0, 100)
  assert.ok(fields instanceof HeaderList)
  return fields
}

function clientAt(address: string, authority: string, sendForwarded = false): Client {
  const trustedProxies = new AddressSet(TRUSTED)
  const client = newClient({ address, scheme: 'http', serverName: '', port: 8080, trustedProxies, sendForwarded })
  remember(client, authority, authority)
  return client
}

for (const { why, peer, sent = [], client, fields, sendForwarded } of SCENES) {
  test(why, () => {
    const list = received(['X-Other: stays', ...sent])
    const from = clientAt(peer, 'a.test', sendForwarded)
    assert.equal(setForwardingFields(list, from, 'a.test'), client)
    const host = forwardedHost(from, 'a.test')
    if (host !== '') list.add('X-Forwarded-Host', host)
    assert.deepEqual(new Map(list), new Map(Object.entries({ 'X-Other': 'stays', ...fields })))
    assert.equal(list.size, new Map(list).size, 'each field once')
  })
}

test('without an authority there is no X-Forwarded-Host', () => {
  const list = received([])
  const client = clientAt('203.0.113.7', '')
  setForwardingFields(list, client, '')
  assert.deepEqual([list.has('x-forwarded-host'), forwardedHost(client, '')], [false, ''])
})

test('one client’s fields are not changed by its requests', () => {
  const client = clientAt('203.0.113.7', 'a.test')
  for (let i = 0; i < 2; i++) {
    const list = received(['X-Forwarded-For: 1.2.3.4'])
    setForwardingFields(list, client, 'a.test')
    assert.equal(list.get('x-real-ip'), '203.0.113.7')
    list.delete('x-real-ip')
    assert.deepEqual(list.getAll('x-forwarded-for'), ['203.0.113.7'])
  }
})

const IDS: readonly (readonly [sent: readonly string[], id: string, why: string])[] = [
  [[], 'fresh', 'no id'],
  [['X-Request-ID: abc-123.4_5:6/7+8=9'], 'abc-123.4_5:6/7+8=9', 'a harmless id is kept'],
  [['X-Request-ID: '], 'fresh', 'an empty id'],
  [['X-Request-ID: <script>'], 'fresh', 'an id that could be taken for something else'],
  [['X-Request-ID: a b'], 'fresh', 'an id with a space'],
  [[`X-Request-ID: ${'a'.repeat(128)}`], 'a'.repeat(128), 'the longest id'],
  [[`X-Request-ID: ${'a'.repeat(129)}`], 'fresh', 'an id that is too long'],
  [['X-Request-ID: a', 'X-Request-ID: b'], 'fresh', 'two ids'],
]

for (const [sent, id, why] of IDS) {
  test(`request id: ${why}`, () => {
    const list = received(sent)
    const got = requestId(list, () => 'fresh')
    assert.equal(got, id)
    assert.equal(list.has('x-request-id'), false, 'the codec writes it')
  })
}
