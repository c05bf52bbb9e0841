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

test('of a Pod it counts when it became ready, and not that it was or is otherwise', () => {
  const pod = (status: string, lastTransitionTime: string, type = 'Ready') =>
    read({
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-0' }, spec: { containers: [] } },
      status: { conditions: [{ type, status, lastTransitionTime }] },
    })
  const [early, late] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:05Z']
  assert.equal(asksTheSame(pod('False', early), pod('True', late)), false)
  assert.equal(asksTheSame(pod('True', early), pod('True', late)), false)
  assert.equal(asksTheSame(pod('True', early), pod('False', late)), true)
  assert.equal(asksTheSame(pod('True', early), pod('True', early)), true)
  assert.equal(asksTheSame(pod('True', early, 'Initialized'), pod('True', late, 'Initialized')), true)
})

test('of a Pod it counts what it was made from', () => {
  const pod = (hash: string, port: number) =>
    read({
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-0', labels: { 'pod-template-hash': hash } } },
      spec: { containers: [{ readinessProbe: { tcpSocket: { port } } }] },
    })
  assert.equal(asksTheSame(pod('a', 80), pod('a', 80)), true)
  assert.equal(asksTheSame(pod('a', 80), pod('b', 80)), false)
  assert.equal(asksTheSame(pod('a', 80), pod('a', 81)), false)
})
