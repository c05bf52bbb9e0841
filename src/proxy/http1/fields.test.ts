import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FIELD_IDS } from '../field-names.ts'
import { scanFields } from './fields.ts'
import { headText } from './head-text.ts'

const scan = (text: string, most = 128) => scanFields(headText(text), 0, most)

function pairsOf(text: string): string[][] {
  const fields = scan(text)
  assert.ok(typeof fields !== 'string', `${JSON.stringify(text)} is ${fields}`)
  return [...fields].map((pair) => [...pair])
}

const TAKEN: readonly (readonly [text: string, pairs: string[][]])[] = [
  ['', []],
  ['A: b\r\n', [['A', 'b']]],
  [
    'a:b\r\nA:  c d\t \r\n',
    [
      ['a', 'b'],
      ['A', 'c d'],
    ],
  ],
  [
    'X-Empty:\r\nX-Blank: \t \r\n',
    [
      ['X-Empty', ''],
      ['X-Blank', ''],
    ],
  ],
  ['X: a\tb\r\n', [['X', 'a\tb']]],
  ['X: \xa0\xff\r\n', [['X', '\xa0\xff']]],
  ["!#$%&'*+-.^_`|~09: v\r\n", [["!#$%&'*+-.^_`|~09", 'v']]],
  ['X: a:b: c\r\n', [['X', 'a:b: c']]],
]
for (const [text, pairs] of TAKEN) {
  test(`taken: ${JSON.stringify(text)}`, () => assert.deepEqual(pairsOf(text), pairs))
}

const REFUSED = [
  ...['no colon\r\n', ': v\r\n', 'A : v\r\n', ' A: v\r\n', '\tA: v\r\n', 'A: b\r\n c\r\n', 'A: b\n', 'A: b\r', 'A: b'],
  ...[
    'A: b\0\r\n',
    'A: b\x01\r\n',
    'A: b\x7f\r\n',
    'A: b\rc\r\n',
    'A: b\nC: d\r\n',
    'A\0: b\r\n',
    'A(: b\r\n',
    'A\xe9: b\r\n',
  ],
  '\r\n',
]
for (const text of REFUSED) {
  test(`refused: ${JSON.stringify(text)}`, () => assert.equal(scan(text), 'bad-field'))
}

test('as many fields as allowed and not one more', () => {
  assert.equal(pairsOf('A: 1\r\nB: 2\r\n').length, 2)
  assert.equal(typeof scan('A: 1\r\nB: 2\r\n', 2), 'object')
  assert.equal(scan('A: 1\r\nB: 2\r\nC: 3\r\n', 2), 'header-too-large')
})

test('the scan stays within its range', () => {
  const text = 'GET / HTTP/1.1\r\nHost: a\r\n\r\nHost: b\r\n'
  const fields = scanFields(headText(text, 25), 16, 128)
  assert.ok(typeof fields !== 'string')
  assert.equal(fields.lines(), 'Host: a\r\n')
})

test('what came, and what came more than once, is marked whatever its letter case', () => {
  const fields = scan('HOST: a\r\nContent-Length: 1\r\nX-Other: 1\r\nx-other: 2\r\ncontent-LENGTH: 1\r\nX_Y: 1\r\n')
  assert.ok(typeof fields !== 'string')
  const bits = (...ids: number[]): number => ids.reduce((all, id) => all | (1 << id), 0)
  const { host, other, underscored, 'content-length': length } = FIELD_IDS
  assert.equal(fields.seen, bits(host, length, other, underscored))
  assert.equal(fields.repeated, bits(length, other))
})
