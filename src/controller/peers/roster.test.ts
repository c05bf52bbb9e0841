import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EndpointSlice } from '../api/kubernetes/endpoint-slice.ts'
import { rosterOf } from './roster.ts'

function slice(pods: readonly string[], ports: EndpointSlice['ports']): EndpointSlice {
  const endpoints = pods.map((name, i) => ({ addresses: [`10.0.0.${i + 1}`], targetRef: { kind: 'Pod', name } }))
  return { kind: 'EndpointSlice', addressType: 'IPv4', endpoints, ports } as unknown as EndpointSlice
}

const PORTS = [
  { name: 'http', port: 8080, protocol: 'TCP' },
  { name: 'peers', port: 10_255, protocol: 'UDP' },
]

test('all but this one are the others, by the UDP port', () => {
  assert.deepEqual(rosterOf([slice(['a', 'b'], PORTS), slice(['c'], PORTS)], 'b'), [
    { address: '10.0.0.1', port: 10_255 },
    { address: '10.0.0.1', port: 10_255 },
  ])
})

test('a slice without such a port names nobody', () => {
  assert.deepEqual(rosterOf([slice(['a'], PORTS.slice(0, 1))], 'b'), [])
})

test('who does not know its own name counts itself among the others, and hears itself, which does no harm', () => {
  assert.equal(rosterOf([slice(['a', 'b'], PORTS)], undefined).length, 2)
})
