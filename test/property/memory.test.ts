/** Whatever changed since the last translation: with what that one left, the next comes out as if it was the first. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeObject } from '../../src/controller/api/kubernetes/decode.ts'
import type { Ref } from '../../src/controller/api/kubernetes/metadata.ts'
import { Store } from '../../src/controller/store.ts'
import { Memory } from '../../src/controller/translate/memory.ts'
import { DEFAULT_OPTIONS } from '../../src/controller/translate/options.ts'
import { draft, refreshEndpoints, type Translation, translate } from '../../src/controller/translate/translate.ts'
import { type Random, seededRandom } from '../../src/lib/random.ts'
import type { RouteSpec } from '../../src/model/route.ts'
import { patch, type ResourceKey } from '../../src/model/snapshot.ts'
import { anyObject } from '../translate/any-object.ts'
import { snapshotOf } from '../translate/world.ts'

const ROUNDS = 1_500
const OPTIONS = { ...DEFAULT_OPTIONS, allowExternalName: true, serveWithoutClass: true }
/** What operators add: each has an effect on all hosts or clusters. */
const WISHES = {
  'no wishes': OPTIONS,
  'a default backend': { ...OPTIONS, defaultBackend: 'shop/a:80' },
  'a default certificate': { ...OPTIONS, defaultCertificate: 'shop/b' },
  'a node': { ...OPTIONS, node: 'ours' },
}

class World {
  readonly store = new Store('ours')
  readonly memory = new Memory()
  readonly random: Random
  /** As it would be by all that was said of it. */
  readonly told = new Map<ResourceKey, string>()
  readonly served = new Map<Ref, string | undefined>()

  constructor(random: Random) {
    this.random = random
  }

  /** Puts or removes any object, or has DNS answer something else. */
  change(): ReadonlySet<Ref> {
    if (this.random() < 0.1) {
      const host = this.random() < 0.5 ? 'x.test' : 'y.test'
      return this.store.resolve({ host, addresses: [this.random() < 0.5 ? '192.0.2.1' : '192.0.2.2'] })
    }
    const decoded = decodeObject(anyObject(this.random))
    assert.ok(decoded.outcome === 'object', JSON.stringify(decoded))
    return this.random() < 0.3 ? this.store.apply([], [decoded.ref]) : this.store.apply([decoded], [])
  }

  take({ translated, served }: Pick<Translation, 'translated' | 'served'>): void {
    if (translated.isWhole) this.told.clear()
    patch(this.told, translated)
    if (!served.isWhole) for (const ref of served.left) assert.ok(this.served.delete(ref), `${ref} was not ours`)
    for (const [ref, { metadata }] of served.came) this.served.set(ref, metadata.uid)
  }
}

function assertSame(world: World, quick: Translation, slow: Translation): void {
  assert.deepEqual(new Map([...world.told].sort()), new Map([...snapshotOf(slow)].sort()))
  assert.deepEqual(quick.problems, slow.problems)
  assert.deepEqual(world.served, new Map([...slow.served.came].map(([ref, { metadata }]) => [ref, metadata.uid])))
  assert.deepEqual(new Set(quick.judged), new Set(slow.judged))
  assert.deepEqual(quick.config, slow.config)
  assert.deepEqual(
    quick.servedNames.map(({ host, certificate }) => [host, certificate.name]),
    slow.servedNames.map(({ host, certificate }) => [host, certificate.name]),
  )
  for (const [key, text] of world.told) {
    if (!key.startsWith('virtualHost/')) continue
    for (const route of JSON.parse(text).routes as RouteSpec[]) {
      assert.deepEqual(quick.explain(route), slow.explain(route))
    }
  }
}

for (const [seed, [wish, options]] of Object.entries(WISHES).entries()) {
  test(`a translation with memory is as good as one without (${wish})`, () => {
    const world = new World(seededRandom(seed + 1))
    const { store, memory, random } = world
    const wanted = { routes: 0, problems: 0 }
    const inputs = { view: store.view(), options }
    for (let round = 0; round < ROUNDS; round++) {
      const quick = translate(store.view(), options, memory)
      world.take(quick)
      const slow = translate(store.view(), options)
      try {
        assertSame(world, quick, slow)
      } catch (error) {
        throw new Error(`seed ${seed + 1}, round ${round}`, { cause: error })
      }
      wanted.routes += world.told.size
      wanted.problems += quick.problems.length
      for (let changes = 0; changes === 0 || random() < 0.3; changes++) {
        const { feeds } = memory.note(world.change())
        // Either lane may come first, and a translation may stop half-way, to wait for what it refers to.
        if (random() < 0.5) patch(world.told, refreshEndpoints(feeds, inputs, memory).translated)
        if (random() < 0.2) draft(inputs, memory)
      }
    }
    assert.ok(wanted.routes > ROUNDS && wanted.problems > ROUNDS, JSON.stringify(wanted))
  })
}

test('a translation with memory asks what one without asks', () => {
  const world = new World(seededRandom(100))
  const asked = { names: 0, hosts: 0 }
  for (let round = 0; round < ROUNDS; round++) {
    translate(world.store.view(), OPTIONS, world.memory)
    const fresh = new Memory()
    translate(world.store.view(), OPTIONS, fresh)
    assert.deepEqual([...world.memory.asked.byName].sort(), [...fresh.asked.byName].sort(), `round ${round}`)
    assert.deepEqual([...world.memory.clusters.dnsHosts].sort(), [...fresh.clusters.dnsHosts].sort(), `round ${round}`)
    asked.names += fresh.asked.byName.size
    asked.hosts += fresh.clusters.dnsHosts.size
    const touched = world.change()
    const [quick, slow] = [world.memory.note(touched), fresh.note(touched)]
    assert.deepEqual([quick.all, [...quick.feeds]], [slow.all, [...slow.feeds]], `round ${round}`)
  }
  assert.ok(asked.names > 100 && asked.hosts > 100, JSON.stringify(asked))
})
