import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as shape from './shape.ts'

const PORT = shape.object({ name: shape.optional(shape.text), port: shape.integer })
const SERVICE = shape.object({ ports: shape.listOf(PORT), labels: shape.mapOf(shape.text) })

function read<T>(of: shape.Shape<T>, value: unknown): { value: T | undefined; complaints: string[] } {
  const complaints: shape.Complaint[] = []
  const result = of.read(value, new shape.Place('spec', complaints))
  return { value: result, complaints: complaints.map(({ field, message }) => `${field}: ${message}`) }
}

test('a right object is read, without what nobody asked for', () => {
  const { value, complaints } = read(SERVICE, { ports: [{ port: 80, extra: true }], labels: { a: 'b' } })
  assert.deepEqual(value, { ports: [{ port: 80 }], labels: new Map([['a', 'b']]) })
  assert.deepEqual(complaints, [])
})

test('absent and null lists and maps are empty', () => {
  assert.deepEqual(read(SERVICE, {}), read(SERVICE, { ports: null, labels: null }))
  assert.deepEqual(read(SERVICE, {}).value, { ports: [], labels: new Map() })
})

test('an absent optional field leaves no property', () => {
  assert.deepEqual(Object.keys(read(PORT, { port: 1, name: null }).value ?? {}), ['port'])
})

test('every wrong field is named with what was expected', () => {
  assert.deepEqual(read(SERVICE, { ports: [{ port: '80' }, null, { name: 5 }], labels: { 'a.b': 1 } }).complaints, [
    'spec.ports[0].port: expected an integer, not a text',
    'spec.ports[1]: expected an object, but there is none',
    'spec.ports[2].name: expected a text, not a number (put it in quotes)',
    'spec.ports[2].port: expected an integer, but there is none',
    'spec.labels["a.b"]: expected a text, not a number (put it in quotes)',
  ])
  assert.deepEqual(read(SERVICE, []).complaints, ['spec: expected an object, not a list'])
  assert.deepEqual(read(SERVICE, { ports: {} }).complaints, ['spec.ports: expected a list, not an object'])
})

test('a value is never part of a complaint', () => {
  const { complaints } = read(shape.mapOf(shape.integer), { key: 'sesame' })
  assert.doesNotMatch(complaints.join(), /sesame/)
})

test('an exact object refuses a field it does not know, and says which one may be meant', () => {
  const rule = shape.exactly({ host: shape.optional(shape.text) })
  assert.deepEqual(read(rule, { hosts: ['a'], colour: 1 }).complaints, [
    'spec.hosts: there is no such field; did you mean host?',
    'spec.colour: there is no such field',
  ])
})

test('names that every object inherits are not fields', () => {
  const odd = shape.object({ toString: shape.optional(shape.text), constructor: shape.optional(shape.text) })
  assert.deepEqual(read(odd, {}), { value: {}, complaints: [] })
  assert.deepEqual(read(shape.exactly({}), JSON.parse('{"__proto__":1}')).complaints, [
    'spec.__proto__: there is no such field',
  ])
})

test('fractions and numbers beyond exactness are no integers', () => {
  for (const value of [1.5, Number.NaN, 2 ** 60, true, '1'])
    assert.equal(read(shape.integer, value).complaints.length, 1)
})

test('a value is handed out only where there is nothing to complain about', () => {
  assert.deepEqual(shape.readShape(PORT, { port: 1 }), { value: { port: 1 } })
  assert.deepEqual(shape.readShape(PORT, { port: 1, name: 2 }), {
    complaints: [{ field: 'name', message: 'expected a text, not a number (put it in quotes)' }],
  })
})
