/** Whatever happens in whatever order. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../src/lib/random.ts'
import type { ResponseSink } from '../../src/proxy/sides.ts'
import { body, NO_FIELDS, setUp, UPSTREAM_FAULTS } from './rig.ts'

const SEED = 31

test(`whatever happens, the place is given back and the client is told once (seed ${SEED})`, () => {
  const random = seededRandom(SEED)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  for (let round = 0; round < 3000; round++) {
    const method = pick(['GET', 'POST', 'PUT'])
    const scene = setUp({ init: { method }, endpoints: 3, attempts: 2, requestMs: pick([0, 500]) })
    const current = (): ResponseSink => scene.opened.at(-1)!.sink
    let headGiven = false
    const steps: readonly (() => void)[] = [
      () => {
        current().fault(pick(UPSTREAM_FAULTS))
        // Nobody is there to say anything in the pause before the next attempt.
        scene.clock.advance(250)
      },
      () => scene.client.clientFault(pick(['client-gone', 'body-timeout', 'client-stalled'])),
      () => scene.client.clientEnded(),
      () => scene.clock.advance(pick([10, 1000])),
      () => {
        if (!headGiven) current().head(200, NO_FIELDS, -1)
        headGiven = true
      },
      () => void (headGiven && body(current())),
    ]
    for (let step = 0; step < 6; step++) pick(steps)()
    if (!headGiven) current().head(200, NO_FIELDS, 0)
    current().end(undefined)
    assert.deepEqual(scene.inFlight(), [0, 0, 0], `round ${round}`)
    const endings = scene.log.filter((entry) => /^(reply|end|reset)/.test(entry))
    const gone = scene.exchange.fault === 'client-gone'
    assert.equal(endings.length, gone ? 0 : 1, `round ${round}: ${scene.log.join(', ')}`)
    assert.ok(scene.opened.length <= 3 && scene.opened.length === scene.exchange.attempts)
  }
})
