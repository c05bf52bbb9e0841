import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refOf } from '../api/kubernetes/metadata.ts'
import { Asked } from './asked.ts'

const secret = (name: string) => refOf('Secret', 'shop', name)
const ingress = (name: string) => refOf('Ingress', 'shop', name)

test('what is read by name is known as a whole, and is the same set while none came or went', () => {
  const asked = new Asked()
  asked.note(ingress('a'), [secret('x'), secret('y'), refOf('Service', 'shop', 'web')])
  asked.note(ingress('b'), [secret('y')])
  const first = asked.byName
  assert.deepEqual([...first], [secret('x'), secret('y')])
  asked.note(ingress('c'), [secret('x'), refOf('Service', 'shop', 'other')])
  assert.equal(asked.byName, first)
  asked.note(ingress('a'), [])
  assert.equal(asked.byName, first, 'others ask for both')
  asked.note(ingress('c'), [secret('z')])
  assert.deepEqual([...asked.byName], [secret('y'), secret('z')])
  assert.deepEqual([...first], [secret('x'), secret('y')], 'who got it keeps what it got')
})
