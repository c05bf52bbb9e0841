/** Much of everything in any order: at the end, what was told is what is there. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../src/lib/random.ts'
import { refuse } from './double.ts'
import { Follower, SERVICES, service } from './follower.ts'

for (const seed of [1, 2, 3, 4]) {
  test(`random changes and faults, seed ${seed}`, { timeout: 30_000 }, async (t) => {
    const random = seededRandom(seed)
    const follower = await Follower.watching(t)
    const { double, clock } = follower
    const there = new Map<string, number>()
    const change = () => {
      const name = `s${Math.floor(random() * 20)}`
      if (random() < 0.3) {
        if (there.delete(name)) double.remove(SERVICES, service(name))
        return
      }
      there.set(name, Math.floor(random() * 1000))
      double.put(SERVICES, service(name, there.get(name)))
    }
    const faults = [
      () => double.endWatches(SERVICES),
      () => double.endWatches(SERVICES, 'cut'),
      () => double.send(SERVICES, '{"type":"MODI\n'),
      () => double.send(SERVICES, `${JSON.stringify({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })}\n`),
      () => double.bookmark(SERVICES),
      () => double.forgetHistory(),
      () => double.fail('watch', (response) => refuse(response, 500)),
      () => double.fail('list', (response) => refuse(response, 429)),
    ]
    for (let i = 0; i < 400; i++) {
      change()
      if (random() < 0.2) faults[Math.floor(random() * faults.length)]!()
      if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve))
      clock.advance(random() * 2_000)
    }
    const isSame = () => [...there].every(([name, port]) => follower.ports.get(name) === port)
    const isDone = () => isSame() && follower.ports.size === there.size
    while (!isDone()) {
      clock.advance(10_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.deepEqual(follower.defects, [])
  })
}
