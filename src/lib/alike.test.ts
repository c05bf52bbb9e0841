import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alike } from './alike.ts'
import { exactly, integer, listOf, object, optional, readShape } from './shape.ts'

const PORTS = listOf(exactly({ port: integer, target: optional(integer) }))
const OBJECT = object({ ports: alike(PORTS) })

function portsOf(ports: unknown, unknownFields?: 'ignore') {
  const read = readShape(OBJECT, { ports }, unknownFields)
  return 'complaints' in read ? read.complaints.map(({ field, message }) => `${field}: ${message}`) : read.value.ports
}

test('equal parts are one value, others are not', () => {
  const first = portsOf([{ port: 80 }])
  assert.deepEqual(first, [{ port: 80 }])
  assert.equal(portsOf([{ port: 80 }]), first)
  assert.deepEqual(portsOf([{ port: 81 }]), [{ port: 81 }])
})

test('every object with a wrong part is told so', () => {
  const complaints = ['ports[0].port: expected an integer, not a text']
  assert.deepEqual([portsOf([{ port: 'x' }]), portsOf([{ port: 'x' }])], [complaints, complaints])
  assert.deepEqual(portsOf([{ port: 80, tagret: 1 }], 'ignore'), [{ port: 80 }])
  assert.match(String(portsOf([{ port: 80, tagret: 1 }])), /^ports\[0\]\.tagret: /)
})

test('what was not met for long is read anew', () => {
  const first = portsOf([{ port: 1 }])
  for (let port = 10_000; port < 10_600; port++) portsOf([{ port }])
  assert.equal(portsOf([{ port: 1 }]), first)
  for (let port = 20_000; port < 23_000; port++) portsOf([{ port }])
  assert.notEqual(portsOf([{ port: 1 }]), first)
  assert.deepEqual(portsOf([{ port: 1 }]), [{ port: 1 }])
})

test('absent parts, and large ones, are read as ever', () => {
  assert.deepEqual(portsOf(undefined), [])
  const many = Array.from({ length: 1000 }, (_, port) => ({ port }))
  assert.deepEqual(portsOf(many), many)
  assert.notEqual(portsOf(many), portsOf(many))
})
