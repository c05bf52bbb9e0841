import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lookupBy } from './dns.ts'

const answer = (address: string, ttl: number) => () => Promise.resolve([{ address, ttl }])
const fail = (code: string) => () => Promise.reject(Object.assign(new Error(`query ${code}`), { code }))

test('both families make one answer', async () => {
  const lookup = lookupBy({ resolve4: answer('192.0.2.1', 30), resolve6: answer('2001:db8::1', 60) })
  assert.deepEqual(await lookup('a.example'), [
    { address: '192.0.2.1', ttlSeconds: 30 },
    { address: '2001:db8::1', ttlSeconds: 60 },
  ])
})

test('a family without records is normal', async () => {
  const lookup = lookupBy({ resolve4: answer('192.0.2.1', 30), resolve6: fail('ENODATA') })
  assert.equal((await lookup('a.example')).length, 1)
})

test('a family that could not be asked fails the lookup', async () => {
  const lookup = lookupBy({ resolve4: fail('ETIMEOUT'), resolve6: answer('2001:db8::1', 60) })
  await assert.rejects(lookup('a.example'), /ETIMEOUT/)
})

test('a name without addresses fails the lookup', async () => {
  const lookup = lookupBy({ resolve4: fail('ENODATA'), resolve6: fail('ENODATA') })
  await assert.rejects(lookup('a.example'), /a\.example has no addresses/)
})
