import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queryValues } from './query.ts'

test('values of a parameter are found, decoded, in their order', () => {
  const query = '?v=2&name=a%20b+c&v=%32.1&empty=&flag&%76=3'
  assert.deepEqual(queryValues(query, 'v'), ['2', '2.1', '3'])
  assert.deepEqual(queryValues(query, 'name'), ['a b c'])
  assert.deepEqual([queryValues(query, 'empty'), queryValues(query, 'flag')], [[''], ['']])
})

test('where there is none there is none', () => {
  for (const query of ['', '?', '?vv=1', '?=v']) assert.deepEqual(queryValues(query, 'v'), [])
})

test('what is no UTF-8 is taken as it was written', () => {
  assert.deepEqual(queryValues('?v=%ff&v=%', 'v'), ['%ff', '%'])
})

test('of a query with very many parameters only the first are looked at', () => {
  assert.deepEqual(queryValues(`?${'a&'.repeat(300)}v=1`, 'v'), [])
})
