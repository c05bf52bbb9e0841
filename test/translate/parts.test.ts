/** What one translation cannot show: parts of it done anew, and the same world in another order. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LiveTranslation } from '../../src/controller/live-translation.ts'
import { Store } from '../../src/controller/store.ts'
import { DEFAULT_OPTIONS } from '../../src/controller/translate/options.ts'
import { translate } from '../../src/controller/translate/translate.ts'
import { sliceFeed } from '../../src/controller/translate/view.ts'
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts'
import { ingress, put, service, slice } from './world.ts'

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
  return { store, first: translate(store.view(), DEFAULT_OPTIONS) }
}

test('endpoints done anew give what a whole translation would', () => {
  const { store, first } = setUp()
  put(store, slice('a', ['10.0.0.7', '127.0.0.1']))
  const live = new LiveTranslation(first)
  const refreshed = live.refresh(new Set([sliceFeed('shop', 'a')]), { view: store.view(), options: DEFAULT_OPTIONS })
  const whole = translate(store.view(), DEFAULT_OPTIONS)
  assert.deepEqual(new Map([...first.snapshot, ...refreshed]), whole.snapshot)
  assert.deepEqual(live.problems, whole.problems)
  assert.equal(live.problems.length, 1)
})

test('only the endpoints of the feeds that changed are done anew', () => {
  const { store, first } = setUp()
  put(store, slice('a', ['10.0.0.7']))
  put(store, slice('b', ['10.0.0.8']))
  const feeds = new Set([sliceFeed('shop', 'b'), sliceFeed('shop', 'nobody')])
  const refreshed = new LiveTranslation(first).refresh(feeds, { view: store.view(), options: DEFAULT_OPTIONS })
  assert.deepEqual([...refreshed.keys()], ['endpoints/shop/b:80'])
  assert.match(refreshed.get('endpoints/shop/b:80') ?? '', /10\.0\.0\.8/)
})

test('problems of endpoints come and go with them; where there are none, the list stays the same one', () => {
  const { store, first } = setUp()
  const live = new LiveTranslation(first)
  const told = () => {
    live.refresh(new Set([sliceFeed('shop', 'a')]), { view: store.view(), options: DEFAULT_OPTIONS })
    return live.problems
  }
  put(store, slice('a', ['10.0.0.7']))
  assert.equal(told(), first.problems)
  put(store, slice('a', ['127.0.0.1']))
  assert.equal(told().length, 1)
  put(store, slice('a', ['10.0.0.7']))
  assert.deepEqual(told(), [])
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
  assert.deepEqual([...translate(store.view(), DEFAULT_OPTIONS).snapshot], [...first.snapshot])
})

test('the settings of the operator are passed through', () => {
  const { values, origins } = DEFAULT_OPTIONS.config
  const config = { values: { ...values, forwardedHeader: true }, origins }
  const { snapshot } = translate(new Store().view(), { ...DEFAULT_OPTIONS, config })
  assert.deepEqual([...snapshot], [['settings/global', JSON.stringify({ ...DEFAULT_SETTINGS, sendForwarded: true })]])
})
