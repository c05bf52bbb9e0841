import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange } from '../exchange.ts'
import { httpsRedirect } from './https-redirect.ts'

interface Scene {
  readonly why: string
  readonly proto?: 'http' | 'https'
  readonly host?: string
  readonly path?: string
  readonly query?: string
  readonly port?: number
  /** Undefined where the request goes on. */
  readonly location: string | undefined
}

const SCENES: readonly Scene[] = [
  { why: 'clear text', location: 'https://a.test/' },
  { why: 'path and query stay', path: '/a%20b', query: '?c=d', location: 'https://a.test/a%20b?c=d' },
  { why: 'another public port', port: 8443, location: 'https://a.test:8443/' },
  { why: 'OPTIONS *', path: '*', location: 'https://a.test/' },
  { why: 'IPv6', host: '[::1]', location: 'https://[::1]/' },
  { why: 'TLS already, here or before a trusted proxy', proto: 'https', location: undefined },
  { why: 'no host to be sent to', host: '', location: undefined },
  { why: 'a challenge of a certificate authority', path: '/.well-known/acme-challenge/x', location: undefined },
  { why: 'nearly a challenge', path: '/.well-known/acme', location: 'https://a.test/.well-known/acme' },
]

for (const { why, proto = 'http', host = 'a.test', path = '/', query = '', port = 443, location } of SCENES) {
  test(`${location === undefined ? 'goes on' : `is sent to ${location}`}: ${why}`, () => {
    const exchange = { isSecure: proto === 'https', host, path, query } as unknown as Exchange
    const verdict = httpsRedirect({ kind: 'https-redirect', port }).onRequest!(exchange)
    const expected = location === undefined ? undefined : { status: 308, headers: [['Location', location]] }
    assert.deepEqual(verdict, expected)
  })
}
