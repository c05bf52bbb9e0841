import assert from 'node:assert/strict'
import { test } from 'node:test'
import { proxyHeader } from './proxy-header.ts'

const IPV4 = { source: '192.0.2.1', sourcePort: 5000, destination: '10.0.0.1', destinationPort: 443 }
const IPV6 = { source: '2001:db8::1', sourcePort: 5000, destination: '::ffff:10.0.0.1', destinationPort: 443 }

test('version 1 is a line', () => {
  assert.equal(proxyHeader('v1', IPV4).toString(), 'PROXY TCP4 192.0.2.1 10.0.0.1 5000 443\r\n')
  assert.equal(proxyHeader('v1', IPV6).toString(), 'PROXY TCP6 2001:db8::1 ::ffff:10.0.0.1 5000 443\r\n')
})

test('version 2 is bytes', () => {
  const signature = '0d0a0d0a000d0a515549540a'
  assert.equal(proxyHeader('v2', IPV4).toString('hex'), `${signature}2111000cc00002010a000001138801bb`)
  const addresses = `20010db8${'0'.repeat(22)}01${'0'.repeat(20)}ffff0a000001`
  assert.equal(proxyHeader('v2', IPV6).toString('hex'), `${signature}21210024${addresses}138801bb`)
})

test('a destination of the other family is left open', () => {
  assert.equal(
    proxyHeader('v1', { ...IPV6, source: '192.0.2.1' }).toString(),
    'PROXY TCP4 192.0.2.1 0.0.0.0 5000 443\r\n',
  )
  assert.equal(proxyHeader('v1', { ...IPV4, source: '::1' }).toString(), 'PROXY TCP6 ::1 :: 5000 443\r\n')
})
