import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Route } from '../types.ts'
import { PathTree } from './path-tree.ts'
import { RouteTable } from './route-table.ts'

/** Each host with its prefixes; a route's id is host and prefix. */
function tableOf(hosts: Readonly<Record<string, readonly string[]>>): RouteTable {
  return new RouteTable(
    new Map(
      Object.entries(hosts).map(([host, prefixes]) => {
        const tree = new PathTree<Route>()
        for (const value of prefixes) tree.add({ kind: 'prefix', value }, { id: host + value } as Route)
        return [host, tree]
      }),
    ),
  )
}

const TABLE = tableOf({ 'foo.bar.com': ['/'], '*.foo.com': ['/'], 'a.foo.com': ['/only'], '*': ['/'] })

const CASES: readonly (readonly [host: string, path: string, id: string | undefined, why: string])[] = [
  ['foo.bar.com', '/x', 'foo.bar.com/', 'an exact host'],
  ['subdomain.bar.com', '/', '*/', 'a sibling of an exact host goes to the catch-all'],
  ['bar.foo.com', '/', '*.foo.com/', 'a wildcard stands for one label'],
  ['baz.bar.foo.com', '/', '*/', 'a wildcard does not stand for two labels'],
  ['foo.com', '/', '*/', 'a wildcard does not stand for no label'],
  ['.foo.com', '/', '*/', 'nor for an empty one'],
  ['a.foo.com', '/only/this', 'a.foo.com/only', 'an exact host comes before a wildcard'],
  ['a.foo.com', '/', undefined, 'the exact host decides alone, even where it has no such path'],
  ['', '/', '*/', 'no host at all goes to the catch-all'],
  ['*.foo.com', '/', '*.foo.com/', 'the pattern itself is no way around its routes'],
  ['10.0.0.1', '/', '*/', 'an address'],
  ['[::1]', '/', '*/', 'an IPv6 literal'],
  ['foo.bar.com', '*', 'foo.bar.com/', 'OPTIONS * goes where the root goes'],
]

for (const [host, path, id, why] of CASES) {
  test(`${host}${path}: ${why}`, () => assert.equal(TABLE.match(host, path)?.id, id))
}

test('without a catch-all an unknown host has no route', () => {
  const table = tableOf({ 'foo.bar.com': ['/'] })
  assert.equal(table.match('bar.com', '/'), undefined)
  assert.equal(table.match('', '/'), undefined)
  assert.equal(new RouteTable().match('foo.bar.com', '/'), undefined)
})
