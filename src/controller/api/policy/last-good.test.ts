import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeObject } from '../kubernetes/decode.ts'
import { isConfig } from '../kubernetes/kinds.ts'
import type { SluiceConfig } from '../sluice-config.ts'
import { keepLastGood } from './last-good.ts'

function config(spec: object): SluiceConfig {
  const decoded = decodeObject({
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'SluiceConfig',
    metadata: { name: 'c' },
    spec,
  })
  assert.ok(decoded.outcome === 'object' && isConfig(decoded.object), JSON.stringify(decoded))
  return decoded.object
}

/** What holds after these versions came one after the other. */
function after(...specs: readonly object[]): SluiceConfig {
  const [first, ...later] = specs.map(config)
  return later.reduce((before, now) => keepLastGood(now, before), keepLastGood(first!, undefined))
}

test('a value that went bad stays as it was, over any number of bad ones', () => {
  const { spec, kept } = after({ timeouts: { idle: '30s' } }, { timeouts: { idle: '1' } }, { timeouts: { idle: '2' } })
  assert.deepEqual([spec.values, kept], [{ 'timeouts.idle': 30_000 }, ['timeouts.idle']])
  assert.deepEqual(
    spec.faults.map(({ field }) => field),
    ['spec.timeouts.idle'],
  )
})

test('a value that was mended counts, and nothing is kept', () => {
  const { spec, kept } = after({ timeouts: { idle: '30s' } }, { timeouts: { idle: '1' } }, { timeouts: { idle: '9s' } })
  assert.deepEqual([spec.values, kept], [{ 'timeouts.idle': 9_000 }, undefined])
})

test('a value that is gone is gone, whatever else is bad', () => {
  const { spec } = after({ timeouts: { idle: '30s', body: '1s' } }, { timeouts: { body: 'x' } })
  assert.deepEqual(spec.values, { 'timeouts.body': 1_000 })
})

test('a list with one bad item stays as it was as a whole', () => {
  const { spec } = after({ trustedProxies: ['10.0.0.0/8'] }, { trustedProxies: ['10.0.0.0/8', '0.0.0.0/0', 'x'] })
  assert.deepEqual(spec.values.trustedProxies, ['10.0.0.0/8'])
})

test('a group that is no object keeps all that was good in it, and nothing else', () => {
  const { spec, kept } = after(
    { timeouts: { idle: '30s', body: '20s' }, limits: { header: '8Ki' } },
    { timeouts: 'long', limits: { header: '9Ki' } },
  )
  assert.deepEqual(spec.values, { 'limits.header': 9_216, 'timeouts.idle': 30_000, 'timeouts.body': 20_000 })
  assert.deepEqual(kept, ['timeouts.body', 'timeouts.idle'])
})

test('a misspelt field keeps nothing: what it would have been nobody knows', () => {
  const { spec, kept } = after({ timeouts: { idle: '30s' } }, { timeouts: { idel: '9s' } })
  assert.deepEqual([spec.values, kept], [{}, undefined])
})

test('what was never good is not there', () => {
  const { spec } = after({ timeouts: { idle: 'x' } }, { timeouts: { idle: 'y' } })
  assert.deepEqual(spec.values, {})
})
