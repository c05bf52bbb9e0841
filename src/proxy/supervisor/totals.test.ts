import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Snapshot } from '../../model/snapshot.ts'
import type { Sample } from '../metrics.ts'
import { addUp, lasting, ofLivingRoutes } from './totals.ts'

const requests = (path: string, value: number): Sample => [
  'sluice_requests',
  ['shop', 'web', 'cart', 'shop.test', path, 'GET', '200'],
  value,
]

test('the same series of several workers becomes one', () => {
  const sums = addUp([[requests('/', 2), requests('/a', 1)], [requests('/', 40)]])
  assert.deepEqual(sums, [requests('/', 42), requests('/a', 1)])
})

test('histograms add up bucket by bucket', () => {
  const family = 'sluice_request_duration_seconds'
  const one: Sample = [family, ['x'], { counts: [1, 0, 2], sum: 0.5 }]
  const other: Sample = [family, ['x'], { counts: [0, 3, 1], sum: 1.25 }]
  assert.deepEqual(addUp([[one], [other]]), [[family, ['x'], { counts: [1, 3, 3], sum: 1.75 }]])
})

test('labels that only look the same when run together stay apart', () => {
  const one: Sample = ['sluice_upstream_retries', ['a', 'bc', ''], 1]
  const other: Sample = ['sluice_upstream_retries', ['ab', 'c', ''], 1]
  assert.equal(addUp([[one, other]]).length, 2)
})

test('a gauge ends with its worker, a counter does not', () => {
  const counter: Sample = ['sluice_connections_accepted', [], 7]
  assert.deepEqual(lasting([counter, ['sluice_connections', ['active'], 3]]), [counter])
})

test('series of a route that is gone are left out, those without a route stay', () => {
  const host = { host: 'shop.test', routes: [{ match: { path: { value: '/a' } }, origin }] }
  const snapshot: Snapshot = new Map([['virtualHost/shop.test', JSON.stringify(host)]])
  const retries: Sample = ['sluice_upstream_retries', ['shop', 'web', 'cart'], 1]
  const refused: Sample = ['sluice_refused_requests', ['bad-host'], 1]
  const unrouted: Sample = ['sluice_requests', ['', '', '', '', '', 'GET', '404'], 1]
  const gone: Sample = ['sluice_upstream_retries', ['shop', 'gone', 'cart'], 1]
  assert.deepEqual(ofLivingRoutes([requests('/a', 1), requests('/b', 1), retries, refused, unrouted, gone], snapshot), [
    requests('/a', 1),
    retries,
    refused,
    unrouted,
  ])
})

const origin = { kind: 'Ingress', namespace: 'shop', name: 'web' }
