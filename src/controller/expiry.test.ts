import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../lib/clock.ts'
import type { CertificateName } from '../model/certificate.ts'
import type { HostPattern } from '../model/route.ts'
import { CertificateExpiry } from './expiry.ts'
import type { ServedName } from './translate/server-names.ts'

const DAY = 86_400_000

/** @param from and until in days from the start of the clock. */
function served(clock: FakeClock, from: number, until: number): ServedName {
  const [validFrom, validTo] = [clock.wall() + from * DAY, clock.wall() + until * DAY]
  const spec = { chain: '', key: '' }
  const material = { spec, fingerprint: '', keyType: 'ec', mustStaple: false, responder: undefined, covers: () => true }
  const certificate = { name: 'shop/tls' as CertificateName, ...material, validFrom, validTo }
  const origin = { kind: 'Ingress', namespace: 'shop', name: 'web', field: 'spec.tls[0]' }
  return { host: 'a.test' as HostPattern, certificate, origin }
}

function watching(from: number, until: number) {
  const clock = new FakeClock()
  let changes = 0
  const expiry = new CertificateExpiry(clock, () => changes++)
  expiry.watch([served(clock, from, until)])
  return { clock, expiry, changes: () => changes, reasons: () => expiry.problems.map(({ reason }) => reason) }
}

test('a certificate becomes a problem of its Ingress when its time is over, years from now', () => {
  const { clock, expiry, changes, reasons } = watching(-1, 900)
  assert.deepEqual(reasons(), [])
  clock.advance(900 * DAY)
  assert.deepEqual(reasons(), [])
  clock.advance(1)
  assert.deepEqual(reasons(), ['CertificateExpired'])
  assert.equal(changes(), 1)
  assert.equal(expiry.problems[0]!.at.name, 'web')
  assert.match(expiry.problems[0]!.message, /Secret shop\/tls: the certificate for a\.test expired at 2028-06-19T/)
})

test('one that is not valid yet becomes good by itself', () => {
  const { clock, changes, reasons } = watching(0.5, 900)
  assert.deepEqual(reasons(), ['CertificateNotYetValid'])
  clock.advance(DAY / 2)
  assert.deepEqual(reasons(), [])
  assert.equal(changes(), 1)
})

test('a new certificate ends the problem at once; nothing is looked at after the end', () => {
  const { clock, expiry, reasons } = watching(-2, -1)
  assert.deepEqual(reasons(), ['CertificateExpired'])
  const before = expiry.problems
  expiry.watch([served(clock, -2, -1)])
  assert.equal(expiry.problems, before, 'the same list where nothing changed')
  expiry.watch([served(clock, -1, 1)])
  assert.deepEqual(reasons(), [])
  expiry.stop()
  clock.advance(2 * DAY)
  assert.deepEqual(reasons(), [])
})
