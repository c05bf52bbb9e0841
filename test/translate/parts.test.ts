/** What one translation cannot show: parts of it done anew, and the same world in another order. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Service } from '../../src/controller/api/kubernetes/service.ts'
import { LiveTranslation } from '../../src/controller/live-translation.ts'
import { Store } from '../../src/controller/store.ts'
import { NotingView } from '../../src/controller/translate/asked.ts'
import { DEFAULT_OPTIONS } from '../../src/controller/translate/options.ts'
import { translate } from '../../src/controller/translate/translate.ts'
import { sliceFeed } from '../../src/controller/translate/view.ts'
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts'
import { patch } from '../../src/model/snapshot.ts'
import { ingress, put, service, slice, snapshotOf } from './world.ts'

const FEED = sliceFeed('shop', 'a')

class FragileView extends NotingView {
  isBroken = false

  override service(namespace: string, name: string): Service | undefined {
    if (this.isBroken) throw new Error('defect')
    return super.service(namespace, name)
  }
}

/** A world of two Services with one good endpoint each. */
function setUp() {
  const store = new Store()
  for (const raw of [
    service('a'),
    service('b'),
    slice('a', ['10.0.0.1']),
    slice('b', ['10.0.0.2']),
    ingress('a', 'b'),
  ]) {
    put(store, raw)
  }
  const live = new LiveTranslation({ view: store.view(), options: DEFAULT_OPTIONS })
  live.draft()
  return { store, live, first: live.assemble() }
}

test('endpoints done anew give what a whole translation would', () => {
  const { store, live, first } = setUp()
  put(store, slice('a', ['10.0.0.7', '127.0.0.1']))
  const { translated, problems } = live.refresh(new Set([FEED]))
  const whole = translate(store.view(), DEFAULT_OPTIONS)
  const patched = new Map(snapshotOf(first))
  patch(patched, translated)
  assert.deepEqual(patched, snapshotOf(whole))
  assert.deepEqual(problems, whole.problems)
  assert.equal(problems.length, 1)
})

test('only the endpoints of the feeds that changed are done anew', () => {
  const { store, live } = setUp()
  put(store, slice('a', ['10.0.0.7']))
  put(store, slice('b', ['10.0.0.8']))
  const { upserts } = live.refresh(new Set([sliceFeed('shop', 'b'), sliceFeed('shop', 'nobody')])).translated
  assert.deepEqual(
    upserts.map(([key]) => key),
    ['endpoints/shop/b:80'],
  )
  assert.match(upserts[0]?.[1] ?? '', /10\.0\.0\.8/)
})

test('problems of endpoints come and go with them; where there are none, the list stays the same one', () => {
  const { store, live, first } = setUp()
  const told = () => live.refresh(new Set([FEED])).problems
  put(store, slice('a', ['10.0.0.7']))
  assert.equal(told(), first.problems)
  put(store, slice('a', ['127.0.0.1']))
  assert.equal(told().length, 1)
  put(store, slice('a', ['10.0.0.7']))
  assert.deepEqual(told(), [])
})

test('after a failure everything is translated again, and endpoints are followed meanwhile', () => {
  const { store } = setUp()
  const view = new FragileView(store.view())
  const live = new LiveTranslation({ view, options: DEFAULT_OPTIONS })
  live.draft()
  live.assemble()
  view.isBroken = true
  const changed = { ...ingress('a'), spec: { ...ingress('a').spec, ingressClassName: 'sluice' } }
  live.note(put(store, changed))
  assert.throws(() => live.draft(), /defect/)
  put(store, slice('a', ['10.0.0.9']))
  assert.match(live.refresh(new Set([FEED])).translated.upserts[0]?.[1] ?? '', /10\.0\.0\.9/)
  view.isBroken = false
  live.draft()
  const { translated } = live.assemble()
  assert.equal(translated.isWhole, true)
  assert.deepEqual(snapshotOf({ translated }), snapshotOf(translate(view, DEFAULT_OPTIONS)))
})

test('the same world gives the same texts, whatever the order in which it came', () => {
  const { first } = setUp()
  const store = new Store()
  for (const raw of [
    ingress('a', 'b'),
    slice('b', ['10.0.0.2']),
    service('b'),
    slice('a', ['10.0.0.1']),
    service('a'),
  ]) {
    put(store, raw)
  }
  assert.deepEqual(translate(store.view(), DEFAULT_OPTIONS).translated.upserts, first.translated.upserts)
})

test('the settings of the operator are passed through', () => {
  const { values, origins } = DEFAULT_OPTIONS.config
  const config = { values: { ...values, forwardedHeader: true }, origins }
  const { translated } = translate(new Store().view(), { ...DEFAULT_OPTIONS, config })
  assert.deepEqual(translated.upserts, [
    ['settings/global', JSON.stringify({ ...DEFAULT_SETTINGS, sendForwarded: true })],
  ])
})
