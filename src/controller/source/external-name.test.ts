import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import type { DnsAnswer } from '../../lib/dns.ts'
import type { Resolution } from '../store.ts'
import { ExternalNames } from './external-name.ts'

const turn = () => new Promise<void>((resolve) => process.nextTick(resolve))
const answer = (address: string, ttlSeconds: number): DnsAnswer => ({ address, ttlSeconds })

/** DNS that says what the test put in. */
function setUp() {
  const clock = new FakeClock()
  const zone = new Map<string, readonly DnsAnswer[]>()
  const asked: string[] = []
  const found: Resolution[] = []
  const lookup = async (host: string) => {
    asked.push(`${host} at ${clock.now() / 1000}`)
    const answers = zone.get(host)
    if (answers === undefined) throw new Error('no such host')
    return answers
  }
  const names = new ExternalNames({ clock, random: () => 1, lookup, found: (resolution) => found.push(resolution) })
  const advance = async (seconds: number) => {
    await turn()
    for (let i = 0; i < seconds; i++) {
      clock.advance(1000)
      await turn()
    }
  }
  return { zone, asked, found, names, advance }
}

test('a host is asked for again when its shortest answer expires', async () => {
  const { zone, asked, found, names, advance } = setUp()
  zone.set('a.example', [answer('192.0.2.2', 60), answer('192.0.2.1', 30)])
  names.want(new Set(['a.example']))
  await advance(61)
  assert.deepEqual(asked, ['a.example at 0', 'a.example at 30', 'a.example at 60'])
  assert.deepEqual(found, [{ host: 'a.example', addresses: ['192.0.2.1', '192.0.2.2'] }])
})

test('the time of an answer counts within bounds', async () => {
  const { zone, asked, names, advance } = setUp()
  zone.set('short.example', [answer('192.0.2.1', 0)])
  zone.set('long.example', [answer('192.0.2.1', 86_400)])
  names.want(new Set(['short.example', 'long.example']))
  await advance(301)
  assert.deepEqual(asked.filter((each) => each.startsWith('short')).slice(0, 3), [
    'short.example at 0',
    'short.example at 5',
    'short.example at 10',
  ])
  assert.deepEqual(
    asked.filter((each) => each.startsWith('long')),
    ['long.example at 0', 'long.example at 300'],
  )
})

test('a changed answer is told, the order of addresses is not a change', async () => {
  const { zone, found, names, advance } = setUp()
  zone.set('a.example', [answer('192.0.2.1', 5), answer('192.0.2.2', 5)])
  names.want(new Set(['a.example']))
  await advance(1)
  zone.set('a.example', [answer('192.0.2.2', 5), answer('192.0.2.1', 5)])
  await advance(10)
  assert.equal(found.length, 1)
  zone.set('a.example', [answer('192.0.2.3', 5)])
  await advance(10)
  assert.deepEqual(found.at(-1), { host: 'a.example', addresses: ['192.0.2.3'] })
})

test('after a failure the last good answer stays, with the reason, and the wait grows', async () => {
  const { zone, asked, found, names, advance } = setUp()
  zone.set('a.example', [answer('192.0.2.1', 5)])
  names.want(new Set(['a.example']))
  await advance(1)
  zone.delete('a.example')
  await advance(12)
  assert.deepEqual(found.at(-1), { host: 'a.example', addresses: ['192.0.2.1'], failure: 'no such host' })
  assert.deepEqual(asked, ['a.example at 0', 'a.example at 5', 'a.example at 6', 'a.example at 8', 'a.example at 12'])
  zone.set('a.example', [answer('192.0.2.1', 5)])
  await advance(30)
  assert.deepEqual(found.at(-1), { host: 'a.example', addresses: ['192.0.2.1'] })
  assert.equal(found.length, 3)
})

test('a host that nobody wants any more is not asked for, and its late answer is not told', async () => {
  const { zone, asked, found, names, advance } = setUp()
  zone.set('a.example', [answer('192.0.2.1', 5)])
  names.want(new Set(['a.example']))
  names.want(new Set())
  await advance(60)
  assert.deepEqual(asked, ['a.example at 0'])
  assert.deepEqual(found, [])
})

test('stop ends all asking', async () => {
  const { zone, asked, names, advance } = setUp()
  zone.set('a.example', [answer('192.0.2.1', 5)])
  names.want(new Set(['a.example', 'b.example']))
  await advance(1)
  const before = asked.length
  names.stop()
  await advance(600)
  assert.equal(asked.length, before)
})
