import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeObject } from './decode.ts'
import { asksTheSame } from './same.ts'

const INGRESS = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'web', generation: 1, annotations: { a: '1' } },
  spec: { ingressClassName: 'sluice' },
}

function read(raw: object) {
  const decoded = decodeObject(raw, { unknownFields: 'ignore' })
  assert.ok(decoded.outcome === 'object', JSON.stringify(decoded))
  return decoded.object
}

test('the status of an Ingress asks for nothing', () => {
  const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } }
  assert.equal(asksTheSame(read(INGRESS), read({ ...INGRESS, status })), true)
})

test('specification, annotations and generation do', () => {
  const { metadata } = INGRESS
  for (const change of [
    { spec: { ingressClassName: 'other' } },
    { metadata: { ...metadata, annotations: { a: '2' } } },
    { metadata: { ...metadata, generation: 2 } },
  ]) {
    assert.equal(asksTheSame(read(INGRESS), read({ ...INGRESS, ...change })), false, JSON.stringify(change))
  }
})

test('of other kinds every change counts', () => {
  const service = read({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: {} })
  assert.equal(asksTheSame(service, service), false)
})
