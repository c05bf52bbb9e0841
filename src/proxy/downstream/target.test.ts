import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTarget, type Target } from './target.ts'

const target = (path: string, query = '', authority?: string): Target => ({ authority, path, query })

const LEGAL: readonly (readonly [method: string, text: string, parsed: Target, why: string])[] = [
  ['GET', '/', target('/'), 'the root'],
  ['GET', '/a/b?x=1&y=2', target('/a/b', '?x=1&y=2'), 'path and query'],
  ['GET', '/a?', target('/a', '?'), 'an empty query is kept'],
  ['GET', '/a?b?c', target('/a', '?b?c'), 'the first question mark counts'],
  ['GET', '/a?/../b', target('/a', '?/../b'), 'the query is nobody’s path'],
  ['GET', '/a?%zz', target('/a', '?%zz'), 'the query is forwarded as it is'],
  ['GET', '/ip/abc/../../uuid', target('/uuid'), 'the path is normalised'],
  ['GET', '/%66oo', target('/foo'), 'needless encoding goes'],
  ['GET', '/foo%2Fbar', target('/foo%2Fbar'), 'an encoded slash is no separator'],
  ['GET', '//evil.test/x', target('//evil.test/x'), 'two slashes are a path, not an authority'],
  ['OPTIONS', '*', target('*'), 'the asterisk form'],
  ['GET', 'http://a.test/x?y', target('/x', '?y', 'a.test'), 'the absolute form'],
  ['GET', 'HTTPS://a.test:8443/', target('/', '', 'a.test:8443'), 'a scheme in capitals, a port'],
  ['GET', 'http://a.test', target('/', '', 'a.test'), 'an absolute form without a path'],
  ['GET', 'http://a.test?q=1', target('/', '?q=1', 'a.test'), 'an absolute form with a query alone'],
  ['OPTIONS', 'http://a.test', target('*', '', 'a.test'), 'OPTIONS of a whole server'],
  ['OPTIONS', 'http://a.test/', target('/', '', 'a.test'), 'OPTIONS of its root'],
]

for (const [method, text, parsed, why] of LEGAL) {
  test(`${method} ${text}: ${why}`, () => assert.deepEqual(parseTarget(text, method), parsed))
}

const ILLEGAL: readonly (readonly [method: string, text: string, why: string])[] = [
  ['GET', '', 'nothing'],
  ['GET', '*', 'the asterisk form is for OPTIONS'],
  ['OPTIONS', '*/x', 'an asterisk with something behind'],
  ['GET', '?q', 'a query without a path'],
  ['GET', 'a/b', 'a path without a slash'],
  ['GET', 'a.test:80', 'the authority form is for CONNECT'],
  ['GET', 'ftp://a.test/', 'another scheme'],
  ['GET', 'http:/x', 'a scheme without an authority'],
  ['GET', 'http:///x', 'an empty authority'],
  ['GET', '/a#b', 'a fragment'],
  ['GET', '/../a', 'a path over the root'],
  ['GET', 'http://a.test/../a', 'the same in the absolute form'],
  ['GET', '/%', 'half an encoding'],
  ['GET', '/%00', 'an encoded NUL'],
]

for (const [method, text, why] of ILLEGAL) {
  test(`${method} ${text || '(empty)'} is refused: ${why}`, () => assert.equal(parseTarget(text, method), undefined))
}
