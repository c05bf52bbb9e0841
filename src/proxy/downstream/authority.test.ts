import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostOf } from './authority.ts'

const LEGAL: readonly (readonly [authority: string, host: string, why: string])[] = [
  ['example.com', 'example.com', 'as it is'],
  ['FOO.bar.COM', 'foo.bar.com', 'case does not matter'],
  ['example.com:8080', 'example.com', 'the port does not take part'],
  ['example.com:', 'example.com', 'an empty port is none'],
  ['example.com:65535', 'example.com', 'the highest port'],
  ['example.com:00080', 'example.com', 'leading zeros within five digits'],
  ['example.com.', 'example.com', 'a trailing dot is the same name'],
  ['EXAMPLE.com.:443', 'example.com', 'dot, port and case at once'],
  ['my_service.local', 'my_service.local', 'underscores exist in practice'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example', 'an encoded international name'],
  ['localhost', 'localhost', 'one label'],
  ['10.0.0.1:80', '10.0.0.1', 'an IPv4 address'],
  ['[::1]', '[::1]', 'an IPv6 literal'],
  ['[FD00::A]:8080', '[fd00::a]', 'an IPv6 literal with a port'],
  ['[::ffff:10.0.0.1]', '[::ffff:10.0.0.1]', 'an IPv4-mapped literal'],
  ['a'.repeat(255), 'a'.repeat(255), 'the longest name'],
]

for (const [authority, host, why] of LEGAL) {
  test(`host of ${authority.slice(0, 30)}: ${why}`, () => assert.equal(hostOf(authority), host))
}

const ILLEGAL: readonly (readonly [authority: string, why: string])[] = [
  ['', 'empty'],
  [':80', 'a port alone'],
  ['.', 'a dot alone'],
  ['example.com:80:80', 'two ports'],
  ['example.com:http', 'a port in letters'],
  ['example.com:+80', 'a port with a sign'],
  ['example.com:65536', 'a port over the highest'],
  ['example.com:123456', 'a port of six digits'],
  ['user@example.com', 'user information'],
  ['user:pw@example.com', 'user information with a password'],
  ['example.com/path', 'a path'],
  ['example.com?q', 'a query'],
  ['example.com#f', 'a fragment'],
  ['example.com,evil.test', 'a list'],
  ['exam ple.com', 'a space'],
  ['example.com ', 'a space behind'],
  ['exämple.com', 'beyond ASCII'],
  ['example%2ecom', 'percent-encoding'],
  ['a\u0000b', 'NUL'],
  ['[::1', 'a literal without its end'],
  ['[::1]x', 'something behind a literal'],
  ['[::1]:99999', 'a literal with a port over the highest'],
  ['[10.0.0.1]', 'an IPv4 address in brackets'],
  ['[fe80::1%eth0]', 'a zone'],
  ['[]', 'an empty literal'],
  ['::1', 'an IPv6 address without brackets'],
  ['a'.repeat(256), 'a name that is too long'],
]

for (const [authority, why] of ILLEGAL) {
  test(`no host in ${JSON.stringify(authority.slice(0, 30))}: ${why}`, () => assert.equal(hostOf(authority), undefined))
}
