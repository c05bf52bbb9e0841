import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normalizePath } from './path.ts'
import { seededRandom } from './random.ts'

const NORMAL: readonly (readonly [path: string, normal: string, why: string])[] = [
  ['/', '/', 'the root'],
  ['/foo/bar/', '/foo/bar/', 'a trailing slash stays'],
  ['/foo//bar', '/foo//bar', 'an empty segment stays'],
  ['/.well-known/acme', '/.well-known/acme', 'a name that starts with a dot'],
  ['/a/..b/...', '/a/..b/...', 'names made of dots'],
  ['/%66oo', '/foo', 'an encoded letter is decoded'],
  ['/%7Euser/%2D%5f', '/~user/-_', 'all unreserved marks are decoded'],
  ['/foo%2fbar', '/foo%2Fbar', 'an encoded slash stays, digits upper-cased'],
  ['/foo%2Fbar', '/foo%2Fbar', 'an encoded slash in normal form'],
  ['/%c3%a4', '/%C3%A4', 'bytes outside ASCII stay encoded'],
  ['/%2541', '/%2541', 'decoded once only'],
  ['/a/./b', '/a/b', 'a single dot goes'],
  ['/a/../b', '/b', 'a double dot takes its parent'],
  ['/a/b/..', '/a/', 'a dot segment at the end leaves its slash'],
  ['/a/.', '/a/', 'a single dot at the end leaves its slash'],
  ['/..', '', 'over the root'],
  ['/a/%2e%2E/b', '/b', 'encoded dots are dots'],
  ['/a/.%2e/%2e./b', '', 'half-encoded dots climb over the root'],
  ['/a//../b', '/a/b', 'an empty segment counts as a parent'],
  ['/ip/abc/../../uuid', '/uuid', 'several at once'],
  ['/a/..%2Fb', '/a/..%2Fb', 'an encoded slash ends no segment'],
  ["/!$&'()*+,;=:@", "/!$&'()*+,;=:@", 'sub-delimiters stay'],
  ['/{a}|"<b>^`\\', '/{a}|"<b>^`\\', 'visible ASCII that RFC 3986 excludes passes unchanged'],
]

for (const [path, normal, why] of NORMAL) {
  test(`path ${path}: ${why}`, () => assert.equal(normalizePath(path), normal === '' ? undefined : normal))
}

const ILLEGAL = [
  '',
  'foo',
  '*',
  '/a b',
  '/a\tb',
  '/a\0b',
  '/a\x7f',
  '/ä',
  '/a?b',
  '/a#b',
  '/a%',
  '/a%4',
  '/a%zz',
  '/a%00',
]
for (const path of [...ILLEGAL, '/%41 b', '/%41?', '/%41ä', '/../a', '/a/../../b', '/%2e%2e/a']) {
  test(`path ${JSON.stringify(path)} is illegal`, () => assert.equal(normalizePath(path), undefined))
}

test('a normal form is its own normal form', () => {
  const seed = 20260117
  const random = seededRandom(seed)
  const parts = ['/', '/', '.', '..', '%2e', '%2F', '%41', 'a', '%25', '~', '%c3', '//']
  for (let round = 0; round < 5000; round++) {
    const length = 1 + Math.floor(random() * 10)
    const path = `/${Array.from({ length }, () => parts[Math.floor(random() * parts.length)]).join('')}`
    const once = normalizePath(path)
    if (once === undefined) continue
    assert.equal(normalizePath(once), once, `seed ${seed}, path ${path}`)
    assert.doesNotMatch(once, /\/\.{1,2}(\/|$)/, `seed ${seed}, path ${path}`)
  }
})
