/** What differs is known part by part, whatever order the parts are put in. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Parts } from '../../src/controller/translate/parts.ts'
import type { Problem } from '../../src/model/problem.ts'
import type { Entry } from '../../src/model/snapshot.ts'

const SHARED: Entry = ['certificate/shop/tls', '{}']
const problem = (message: string): Problem => {
  return { at: { kind: 'Ingress', namespace: 'shop', name: 'web' }, severity: 'error', reason: 'Wrong', message }
}

test('what two parts give is there as long as one of them does', () => {
  const parts = new Parts()
  parts.put('host/a', { entries: [SHARED] })
  parts.put('host/b', { entries: [SHARED] })
  parts.takeChange()
  parts.put('host/a', {})
  assert.deepEqual(parts.takeChange(), { upserts: [], removals: [] })
  parts.put('host/b', {})
  assert.deepEqual(parts.takeChange(), { upserts: [], removals: ['certificate/shop/tls'] })
})

test('what goes from one part and comes with another is only there, and the other way around', () => {
  const parts = new Parts()
  parts.put('host/a', { entries: [SHARED] })
  parts.takeChange()
  parts.put('host/a', {})
  parts.put('host/b', { entries: [SHARED] })
  assert.deepEqual(parts.takeChange(), { upserts: [SHARED], removals: [] })
  parts.put('host/b', { entries: [SHARED] })
  parts.put('host/b', {})
  assert.deepEqual(parts.takeChange(), { upserts: [], removals: ['certificate/shop/tls'] })
})

test('problems of all parts are one list, each of them once, until their part has none', () => {
  const parts = new Parts()
  parts.put('host/b', { problems: [problem('b'), problem('a')] })
  parts.put('host/a', { problems: [problem('a')] })
  const told = parts.problems
  assert.deepEqual(
    told.map(({ message }) => message),
    ['a', 'b'],
  )
  parts.put('host/c', { entries: [SHARED] })
  parts.put('host/a', { problems: [problem('a')] })
  assert.equal(parts.problems, told)
  parts.put('host/b', {})
  assert.deepEqual(
    parts.problems.map(({ message }) => message),
    ['a'],
  )
})
