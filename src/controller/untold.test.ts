import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ingress } from './api/kubernetes/ingress.ts'
import type { Ref } from './api/kubernetes/metadata.ts'
import type { Applied } from './observer.ts'
import { Untold } from './untold.ts'

const INGRESS = {} as Ingress
const NAMES: Record<string, Ref> = { a: 'Ingress/shop/a', b: 'Ingress/shop/b' }

/** Ingresses that came, and those that left, by their names. */
function applied(came: string, left: string, isWhole = false): Applied {
  const refs = (names: string) => [...names].map((name) => NAMES[name]!)
  const ingresses = { came: new Map(refs(came).map((ref) => [ref, INGRESS])), left: new Set(refs(left)), isWhole }
  return { ingresses, owned: [], problems: [] }
}

const shown = (all: readonly Applied[]) =>
  all.map(({ ingresses: { came, left } }) => [[...came.keys()].sort(), [...left].sort()])

test('what was translated is told with the translation that every worker has, not before', () => {
  const untold = new Untold()
  const [first, second] = [{}, {}]
  untold.add(first, applied('a', ''))
  untold.add(second, applied('b', ''))
  assert.deepEqual(shown(untold.take(first)), [[[NAMES.a], []]])
  assert.deepEqual(shown(untold.take(second)), [[[NAMES.b], []]])
  assert.deepEqual(untold.take(second), [])
})

test('what comes together while the workers take their time is one piece of news', () => {
  const untold = new Untold()
  const last = {}
  untold.add({}, applied('', ''))
  untold.add({}, applied('a', ''))
  untold.add({}, applied('b', 'a'))
  untold.add(last, applied('', 'b'))
  assert.deepEqual(shown(untold.take(last)).at(-1), [[], [NAMES.a, NAMES.b]])
})

test('one that left and came again is both; what is whole replaces what was to be told', () => {
  const untold = new Untold()
  const [left, again, whole] = [{}, {}, {}]
  untold.add({}, applied('', ''))
  untold.add(left, applied('', 'a'))
  untold.add(again, applied('a', ''))
  assert.deepEqual(shown(untold.take(again)).at(-1), [[NAMES.a], [NAMES.a]])
  untold.add({}, applied('', ''))
  untold.add({}, applied('a', ''))
  untold.add(whole, applied('b', '', true))
  assert.deepEqual(shown(untold.take(whole)).at(-1), [[NAMES.b], []])
})
