/** Whatever changed since the last translation: with what that one left, the next comes out as if it was the first. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeObject } from '../../src/controller/api/kubernetes/decode.ts'
import { LiveTranslation } from '../../src/controller/live-translation.ts'
import { Store } from '../../src/controller/store.ts'
import { Memory } from '../../src/controller/translate/memory.ts'
import { DEFAULT_OPTIONS } from '../../src/controller/translate/options.ts'
import { translate } from '../../src/controller/translate/translate.ts'
import { type Random, seededRandom } from '../../src/lib/random.ts'
import { anyObject } from '../translate/any-object.ts'

const ROUNDS = 1_500
const OPTIONS = { ...DEFAULT_OPTIONS, allowExternalName: true, serveWithoutClass: true }

/** Puts or removes any object. */
function change(store: Store, random: Random) {
  const decoded = decodeObject(anyObject(random))
  assert.ok(decoded.outcome === 'object', JSON.stringify(decoded))
  return random() < 0.3 ? store.apply([], [decoded.ref]) : store.apply([decoded], [])
}

for (const seed of [1, 2, 3]) {
  test(`a translation with memory is as good as one without (seed ${seed})`, () => {
    const random = seededRandom(seed)
    const store = new Store()
    const memory = new Memory()
    const wanted = { routes: 0, problems: 0 }
    for (let round = 0; round < ROUNDS; round++) {
      const view = store.view()
      const quick = translate(view, OPTIONS, memory)
      const slow = translate(store.view(), OPTIONS)
      assert.deepEqual([...quick.snapshot], [...slow.snapshot], `round ${round}`)
      assert.deepEqual(quick.problems, slow.problems, `round ${round}`)
      store.remember(view)
      wanted.routes += quick.snapshot.size
      wanted.problems += quick.problems.length
      const { feeds } = change(store, random)
      // Endpoints that were done anew meanwhile must not be taken for what the next translation starts from.
      if (feeds.size > 0) new LiveTranslation(quick).refresh(feeds, { view: store.view(), options: OPTIONS })
      if (random() < 0.2) {
        const host = random() < 0.5 ? 'x.test' : 'y.test'
        store.resolve({ host, addresses: [random() < 0.5 ? '192.0.2.1' : '192.0.2.2'] })
      }
    }
    assert.ok(wanted.routes > ROUNDS && wanted.problems > ROUNDS, JSON.stringify(wanted))
  })

  test(`a translation with memory asks what one without asks (seed ${seed})`, () => {
    const random = seededRandom(seed + 100)
    const store = new Store()
    const memory = new Memory()
    for (let round = 0; round < ROUNDS; round++) {
      const [quick, slow] = [store.view(), store.view()]
      translate(quick, OPTIONS, memory)
      translate(slow, OPTIONS)
      assert.deepEqual([...quick.asked].sort(), [...slow.asked].sort(), `round ${round}`)
      assert.deepEqual([...quick.hosts].sort(), [...slow.hosts].sort(), `round ${round}`)
      change(store, random)
    }
  })
}
