import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fieldId, markFields } from './field-names.ts'
import { HeaderList, nameEntry } from './headers.ts'

const BEFORE = 'GET / HTTP/1.1\r\n'
const BEHIND = '\r\nbody: none of the head'

/** As a scanner makes it: an index into a text that holds more than the fields. */
function scanned(...lines: readonly string[]): HeaderList {
  const index: number[] = []
  let text = BEFORE
  for (const line of lines) {
    const colon = line.indexOf(':')
    index.push(nameEntry(fieldId(line.slice(0, colon)), colon), text.length, text.length + line.length)
    text += `${line}\r\n`
  }
  return new HeaderList(text + BEHIND, index)
}

const shared = (): HeaderList => {
  const list = new HeaderList()
  list.add('X-Real-IP', '::1')
  list.add('X-New', 'n')
  return list
}

const LINES = ['Host: h', 'x-a:  1\t', 'Cookie: c=1', 'X-A: 2', 'X_B: 3', 'Cookie: c=2', 'X-Empty:']

test('what nobody touches leaves as it came', () => {
  assert.equal(scanned(...LINES).lines(), `${LINES.join('\r\n')}\r\n`)
  assert.equal(new HeaderList().lines(), '')
})

test('values are found whatever the letter case, known names and unknown ones', () => {
  const list = scanned(...LINES)
  assert.deepEqual([list.get('HOST'), list.get('X-a'), list.get('x_b'), list.get('x-empty')], ['h', '1', '3', ''])
  assert.deepEqual(
    [list.get('x-b'), list.get('x'), list.get('x_c'), list.get('te')],
    [undefined, undefined, undefined, undefined],
  )
  assert.deepEqual([list.has('Cookie'), list.has('Cooki')], [true, false])
  assert.equal(list.value(fieldId('cookie')), 'c=1')
})

test('whether a field has a value is said without cutting it out: the first one counts, blanks around it do not', () => {
  const list = scanned('Connection:  close\t', 'connection: keep-alive', 'Upgrade:   ', 'TE:')
  const id = (name: string): number => fieldId(name)
  assert.deepEqual(
    ['close', 'keep-alive', 'clos', 'Close', ''].map((value) => list.says(id('connection'), value)),
    [true, false, false, false, false],
  )
  assert.deepEqual([list.says(id('te'), ''), list.says(id('te'), 'x'), list.says(id('host'), '')], [true, false, false])
  assert.equal(list.says(id('upgrade'), 'x'), false)
  list.append(shared())
  assert.deepEqual([list.says(id('x-real-ip'), '::1'), list.says(id('x-real-ip'), '::2')], [true, false])
})

test('all values of a name come in order', () => {
  const list = scanned(...LINES)
  assert.deepEqual(list.getAll('x-a'), ['1', '2'])
  assert.deepEqual(list.getAll('cookie'), ['c=1', 'c=2'])
  assert.deepEqual(list.getAll('te'), [])
})

test('names and values come out as pairs', () => {
  assert.deepEqual(
    [...scanned('x-a:  1\t', 'X-Empty:')],
    [
      ['x-a', '1'],
      ['X-Empty', ''],
    ],
  )
})

type Change = (list: HeaderList) => void

const CHANGES: readonly (readonly [name: string, change: Change, lines: readonly string[]])[] = [
  ['adding appends', (l) => l.add('X-New', 'v'), [...LINES, 'X-New: v']],
  [
    'deleting takes every field of the name',
    (l) => l.delete('x-A'),
    ['Host: h', 'Cookie: c=1', 'X_B: 3', 'Cookie: c=2', 'X-Empty:'],
  ],
  ['deleting the first', (l) => l.delete('host'), LINES.slice(1)],
  ['deleting the last', (l) => l.delete('x-empty'), LINES.slice(0, -1)],
  ['deleting what is not there', (l) => l.delete('te'), LINES],
  ['deleting by name tells names with underscores apart', (l) => l.delete('X_C'), LINES],
  [
    'setting replaces all by one at the end',
    (l) => l.set('COOKIE', 'z'),
    ['Host: h', 'x-a:  1\t', 'X-A: 2', 'X_B: 3', 'X-Empty:', 'COOKIE: z'],
  ],
  ['setting what is not there adds it', (l) => l.set('TE', 'z'), [...LINES, 'TE: z']],
  [
    'deleting what is marked',
    (l) => l.deleteMarked(markFields('cookie', 'underscored', 'te')),
    ['Host: h', 'x-a:  1\t', 'X-A: 2', 'X-Empty:'],
  ],
  ['appending shares the other list', (l) => l.append(shared()), [...LINES, 'X-Real-IP: ::1', 'X-New: n']],
]
describe('changes', () => {
  for (const [name, change, lines] of CHANGES) {
    test(name, () => {
      const list = scanned(...LINES)
      list.lines()
      change(list)
      assert.equal(list.lines(), lines.map((line) => `${line}\r\n`).join(''))
      assert.equal(list.size, lines.length)
      assert.equal([...list].length, lines.length)
    })
    test(`${name}, with fields shared behind them`, () => {
      const list = scanned(...LINES)
      list.append(shared())
      change(list)
      const names = [...list].map(([field]) => field.toLowerCase())
      for (const field of ['x-real-ip', 'x-new']) assert.ok(names.includes(field), field)
      assert.equal(list.lines(), [...list].map(([field, value]) => lineOf(list, field, value)).join(''))
    })
  }
})

/** Lines that came in keep the white space that they came with. */
function lineOf(list: HeaderList, field: string, value: string): string {
  return list.lines().includes(`${field}:  ${value}\t\r\n`)
    ? `${field}:  ${value}\t\r\n`
    : `${field}:${value && ' '}${value}\r\n`
}

test('a shared list does not notice what happens to those who share it', () => {
  const tail = shared()
  const [a, b] = [scanned('A: 1'), scanned('B: 1')]
  a.append(tail)
  b.append(tail)
  a.set('X-New', 'changed')
  a.delete('x-real-ip')
  assert.equal(a.lines(), 'A: 1\r\nX-New: changed\r\n')
  assert.equal(b.lines(), 'B: 1\r\nX-Real-IP: ::1\r\nX-New: n\r\n')
  assert.equal(tail.lines(), 'X-Real-IP: ::1\r\nX-New: n\r\n')
})

test('shared fields are found, marked and deleted like one own', () => {
  const list = scanned('A: 1', 'X-New: 0')
  list.append(shared())
  assert.deepEqual([list.get('x-real-ip'), list.getAll('x-new'), list.has('X-REAL-IP')], ['::1', ['0', 'n'], true])
  list.deleteMarked(markFields('x-real-ip'))
  assert.equal(list.lines(), 'A: 1\r\nX-New: 0\r\nX-New: n\r\n')
})

test('lists can be appended one behind the other, and to an empty one', () => {
  const list = new HeaderList()
  list.append(shared())
  list.append(scanned('B: 1'))
  assert.equal(list.lines(), 'X-Real-IP: ::1\r\nX-New: n\r\nB: 1\r\n')
})

test('a visitor is shown every field by its place in the text, those of a shared tail too', () => {
  const shared = scanned('X-Shared: 1')
  const list = scanned('Host: a', 'x-b:  c ')
  list.append(shared)
  const lines: string[][] = []
  list.visit({
    field: (text, _id, start, nameEnd, end) => lines.push([text.slice(start, nameEnd), text.slice(nameEnd, end)]),
  })
  assert.deepEqual(lines, [
    ['Host', ': a'],
    ['x-b', ':  c '],
    ['X-Shared', ': 1'],
  ])
})
