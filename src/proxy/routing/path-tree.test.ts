import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PathTree } from './path-tree.ts'

type Kind = 'exact' | 'prefix'
type Case = readonly [path: string, found: string | undefined]

/** Rules as `exact /foo`; the value of each is its own text. */
function treeOf(...rules: readonly string[]): PathTree<string> {
  const tree = new PathTree<string>()
  for (const rule of rules) {
    const [kind, value] = rule.split(' ') as [Kind, string]
    tree.add({ kind, value }, rule)
  }
  return tree
}

const SCENES: readonly (readonly [behaviour: string, rules: readonly string[], cases: readonly Case[]])[] = [
  [
    'an exact path is itself and nothing else',
    ['exact /foo'],
    [
      ['/foo', 'exact /foo'],
      ['/foo/', undefined],
      ['/FOO', undefined],
      ['/foo/bar', undefined],
      ['/fo', undefined],
      ['/', undefined],
    ],
  ],
  [
    'a prefix matches whole segments',
    ['prefix /foo'],
    [
      ['/foo', 'prefix /foo'],
      ['/foo/', 'prefix /foo'],
      ['/foo/bar', 'prefix /foo'],
      ['/foo//', 'prefix /foo'],
      ['/foobar', undefined],
      ['/FOO', undefined],
      ['/fo', undefined],
      ['//foo', undefined],
    ],
  ],
  [
    'the longest prefix wins',
    ['prefix /', 'prefix /aaa', 'prefix /aaa/bbb'],
    [
      ['/aaa/bbb', 'prefix /aaa/bbb'],
      ['/aaa/bbb/ccc', 'prefix /aaa/bbb'],
      ['/aaa/bbbx', 'prefix /aaa'],
      ['/aaa/ccc', 'prefix /aaa'],
      ['/aaaccc', 'prefix /'],
      ['/', 'prefix /'],
    ],
  ],
  [
    'exact comes before prefix on the same path, and only there',
    ['prefix /foo', 'exact /foo'],
    [
      ['/foo', 'exact /foo'],
      ['/foo/', 'prefix /foo'],
      ['/foo/bar', 'prefix /foo'],
    ],
  ],
  [
    'the root as an exact path is the root alone',
    ['exact /', 'prefix /'],
    [
      ['/', 'exact /'],
      ['/bar', 'prefix /'],
      ['//', 'prefix /'],
    ],
  ],
  [
    'an exact path with a trailing slash needs it',
    ['exact /foo/'],
    [
      ['/foo/', 'exact /foo/'],
      ['/foo', undefined],
      ['/foo/x', undefined],
    ],
  ],
  [
    'an exact path below a prefix leaves the neighbours to the prefix',
    ['prefix /a', 'exact /a/b/c'],
    [
      ['/a/b/c', 'exact /a/b/c'],
      ['/a/b', 'prefix /a'],
      ['/a/b/c/d', 'prefix /a'],
      ['/a/b/x', 'prefix /a'],
    ],
  ],
  [
    'names that objects are born with are ordinary segments',
    ['prefix /__proto__', 'exact /constructor'],
    [
      ['/__proto__/x', 'prefix /__proto__'],
      ['/constructor', 'exact /constructor'],
      ['/toString', undefined],
    ],
  ],
  ['without rules nothing matches', [], [['/', undefined]]],
]

for (const [behaviour, rules, cases] of SCENES) {
  test(behaviour, () => {
    const tree = treeOf(...rules)
    for (const [path, found] of cases) assert.equal(tree.find(path), found, path)
    // The order in which rules were added means nothing.
    const reversed = treeOf(...rules.toReversed())
    for (const [path, found] of cases) assert.equal(reversed.find(path), found, `${path}, rules reversed`)
  })
}

test('of two values for the same path the first stays', () => {
  const tree = new PathTree<string>()
  for (const kind of ['exact', 'prefix'] as const) {
    tree.add({ kind, value: '/foo' }, `first ${kind}`)
    tree.add({ kind, value: '/foo' }, `second ${kind}`)
  }
  assert.equal(tree.find('/foo'), 'first exact')
  assert.equal(tree.find('/foo/bar'), 'first prefix')
})
