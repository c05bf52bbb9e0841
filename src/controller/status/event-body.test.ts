import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { test } from 'node:test'
import { eventBody, eventName, type Incident, isTold } from './event-body.ts'

const TELLING = { now: '2026-01-01T00:00:00.000000Z', identity: 'sluice-0' }

function incident(message: string, more: Partial<Incident> = {}): Incident {
  const at = { kind: 'Ingress', namespace: 'shop', name: 'web', field: 'spec.rules[0].host' }
  const problem = { at, severity: 'error', reason: 'InvalidHost', message } as const
  return { problem, regarding: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' }, uid: 'u-1', ...more }
}

const noteOf = (of: Incident) => (eventBody(of, TELLING) as { note: string }).note

test('an Event says where, what and why, on the object itself', () => {
  const { metadata, ...body } = eventBody(incident('"Foo.com": expected lower case'), TELLING) as { metadata: object }
  assert.deepEqual(body, {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    eventTime: '2026-01-01T00:00:00.000000Z',
    type: 'Warning',
    reason: 'InvalidHost',
    action: 'Translate',
    note: 'spec.rules[0].host: "Foo.com": expected lower case',
    regarding: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace: 'shop', name: 'web', uid: 'u-1' },
    reportingController: 'sluice.dev/ingress-controller',
    reportingInstance: 'sluice-0',
  })
  assert.deepEqual(metadata, { namespace: 'shop', name: eventName(incident('"Foo.com": expected lower case')) })
})

test('its name is that of the problem, whoever tells it', () => {
  assert.equal(eventName(incident('a')), eventName(incident('a')))
  assert.notEqual(eventName(incident('a')), eventName(incident('b')))
  assert.notEqual(eventName(incident('a')), eventName(incident('a', { uid: 'u-2' })))
  const { problem } = incident('a')
  const long = { ...problem, at: { ...problem.at, name: 'x'.repeat(253) } }
  assert.equal(eventName(incident('a', { problem: long })).length, 253)
  const cut = { ...problem, at: { ...problem.at, name: `${'x'.repeat(235)}-y` } }
  assert.match(eventName(incident('a', { problem: cut })), /^x{235}\.[0-9a-f]{16}$/)
})

test('a note is as long as the API server takes it, and cut between characters', () => {
  for (const letter of ['x', 'ä', '語', '🦊']) {
    for (const lead of ['', 'a', 'ab', 'abc']) {
      const note = noteOf(incident(lead + letter.repeat(1_100)))
      assert.ok(Buffer.byteLength(note) <= 1_024, `${Buffer.byteLength(note)}`)
      assert.ok(Buffer.byteLength(note) > 1_015, `${Buffer.byteLength(note)}`)
      assert.ok(note.endsWith(`${letter}…`), note.slice(-5))
    }
  }
})

test('on an object of the cluster it stands in the default namespace', () => {
  const { problem } = incident('a')
  const at = { kind: 'SluiceConfig.sluice.dev', namespace: '', name: 'default' }
  const body = eventBody(incident('a', { problem: { ...problem, at } }), TELLING) as {
    metadata: { namespace: string }
    regarding: object
  }
  assert.equal(body.metadata.namespace, 'default')
  assert.equal('namespace' in body.regarding, false)
})

test('good news are Events where somebody waits for them, and no warnings', () => {
  const { problem } = incident('all of it')
  const promoted = { ...problem, severity: 'note', reason: 'CanaryPromoted' } as const
  assert.equal((eventBody(incident('', { problem: promoted }), TELLING) as { type: string }).type, 'Normal')
  assert.deepEqual([isTold(promoted), isTold({ ...promoted, reason: 'Other' }), isTold(problem)], [true, false, true])
})
