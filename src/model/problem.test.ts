import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareProblems, type Problem, printProblem, sameProblems } from './problem.ts'

const problem = (at: Partial<Problem['at']>, reason = 'InvalidHost'): Problem => ({
  at: { kind: 'Ingress', namespace: 'shop', name: 'web', ...at },
  severity: 'error',
  reason,
  message: 'expected lower case',
})

test('a problem in one line names object, field, file and message', () => {
  assert.equal(
    printProblem(problem({ field: 'spec.rules[0].host', file: 'web.yaml' })),
    'error: Ingress shop/web, spec.rules[0].host (web.yaml): expected lower case',
  )
  assert.equal(printProblem(problem({})), 'error: Ingress shop/web: expected lower case')
})

test('an object without namespace is named alone, and so is a file', () => {
  assert.equal(
    printProblem(problem({ kind: 'IngressClass', namespace: '', name: 'sluice' })),
    'error: IngressClass sluice: expected lower case',
  )
  assert.equal(
    printProblem(problem({ kind: 'File', namespace: '', name: 'a.yaml', file: 'a.yaml' })),
    'error: a.yaml: expected lower case',
  )
})

test('problems come by file, object and field, numbers by their value', () => {
  const sorted = [
    problem({}),
    problem({ field: 'spec.rules[2].host' }),
    problem({ field: 'spec.rules[10].host' }),
    problem({ field: 'spec.rules[10].host' }, 'Later'),
    problem({ name: 'z' }),
    problem({ kind: 'Service', name: 'a' }),
    problem({ file: 'a.yaml' }),
  ]
  assert.deepEqual(sorted.toReversed().sort(compareProblems), sorted)
})

test('lists are the same where they say the same, whether by the same objects or not', () => {
  const two = () => [problem({}), problem({ name: 'z' })]
  assert.ok(sameProblems(two(), two()))
  const others: readonly Problem[][] = [
    [],
    [problem({})],
    [problem({}), problem({ name: 'y' })],
    [problem({}), problem({ name: 'z' }, 'Other')],
    [problem({}), { ...problem({ name: 'z' }), severity: 'warning' }],
    [problem({}), { ...problem({ name: 'z' }), message: 'expected something else' }],
  ]
  for (const other of others) assert.ok(!sameProblems(two(), other), JSON.stringify(other))
})
