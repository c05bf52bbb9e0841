import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Relation } from './relation.ts'

test('what one refers to is replaced as a whole', () => {
  const relation = new Relation<string, number>()
  relation.set('a', [1, 2])
  relation.set('a', [2, 3])
  assert.deepEqual([...relation.targets()].sort(), [2, 3])
  assert.deepEqual([...relation.sources(2)], ['a'])
  assert.deepEqual([...relation.sources(1)], [])
})

test('what is new to all is told, and what nobody refers to any more', () => {
  const relation = new Relation<string, number>()
  assert.deepEqual(relation.set('a', [1, 2]), { came: [1, 2], gone: [] })
  assert.deepEqual(relation.set('b', [2, 3]), { came: [3], gone: [] })
  assert.deepEqual(relation.set('a', []), { came: [], gone: [1] })
  assert.deepEqual([relation.has(1), relation.has(2)], [false, true])
})

test('what is named twice goes once', () => {
  const relation = new Relation<string, number>()
  assert.deepEqual(relation.set('a', [1, 1]), { came: [1], gone: [] })
  assert.deepEqual(relation.set('a', []), { came: [], gone: [1] })
})
