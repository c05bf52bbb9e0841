import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { Problem } from '../model/problem.ts'
import { ProblemLog } from './problem-log.ts'

const BAD_HOST: Problem = {
  at: { kind: 'Ingress', namespace: 'shop', name: 'web', field: 'spec.rules[0].host', file: 'web.yaml' },
  severity: 'error',
  reason: 'BadHost',
  message: 'expected lower case, not "Foo"',
}
const NO_CLASS: Problem = {
  at: { kind: 'Ingress', namespace: 'shop', name: 'web' },
  severity: 'note',
  reason: 'NoClass',
  message: 'served without a class',
}
const UNREADABLE: Problem = {
  at: { kind: 'File', namespace: '', name: 'x.yaml', file: 'x.yaml' },
  severity: 'warning',
  reason: 'Unreadable',
  message: 'no',
}

let lines: [method: string, fields: object, message: string][]
let problems: ProblemLog

beforeEach(() => {
  lines = []
  const write = (method: string) => (fields: object, message: string) => void lines.push([method, fields, message])
  problems = new ProblemLog({ info: write('info'), warn: write('warn'), error: write('error') })
})

test('a problem is logged with all that is needed to find it', () => {
  problems.update([BAD_HOST])
  const fields = { file: 'web.yaml', object: 'Ingress shop/web', field: 'spec.rules[0].host', reason: 'BadHost' }
  assert.deepEqual(lines, [['error', fields, 'expected lower case, not "Foo"']])
})

test('severity decides the level, and a file is no object', () => {
  problems.update([NO_CLASS, UNREADABLE])
  assert.deepEqual(
    lines.map(([method, fields]) => [method, fields]),
    [
      ['info', { object: 'Ingress shop/web', reason: 'NoClass' }],
      ['warn', { file: 'x.yaml', reason: 'Unreadable' }],
    ],
  )
})

test('what stays is logged once, what goes is logged once', () => {
  problems.update([BAD_HOST, NO_CLASS])
  problems.update([BAD_HOST, NO_CLASS])
  assert.equal(lines.length, 2)
  problems.update([NO_CLASS])
  problems.update([NO_CLASS])
  assert.equal(lines.length, 3)
  assert.deepEqual(lines[2]!.slice(0, 1).concat(lines[2]!.slice(2)), ['info', `gone: ${BAD_HOST.message}`])
  assert.deepEqual(problems.current, [NO_CLASS])
})

test('a problem that comes back is logged again', () => {
  for (const state of [[BAD_HOST], [], [BAD_HOST]]) problems.update(state)
  assert.equal(lines.filter(([method]) => method === 'error').length, 2)
})

test('one object does not fill the log, neither with what is wrong nor with what is not any more', () => {
  const many = Array.from({ length: 500 }, (_, i) => ({ ...BAD_HOST, message: `no ${i}` }))
  problems.update([...many, NO_CLASS])
  assert.equal(lines.length, 22)
  assert.deepEqual(lines[20]?.slice(0, 1).concat(lines[20]?.[2]), [
    'error',
    'and 480 more of this object, see /debug/problems',
  ])
  lines = []
  problems.update([])
  assert.equal(lines.length, 22)
})
