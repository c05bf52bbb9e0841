import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { readConfig } from '../config/read.ts'
import type { KubeClient } from '../controller/source/kube/client.ts'
import { FakeClock } from '../lib/clock.ts'
import { statusAuthor } from './status-author.ts'

const nobody = () => Promise.reject(new Error('nobody is asked'))
const CLIENT: KubeClient = { get: nobody, create: nobody, update: nobody, patch: nobody, watch: nobody }

/** The author by these options, and what was said on the way. */
function author(
  t: TestContext,
  args: readonly string[],
  variables: Record<string, string> = { POD_NAMESPACE: 'ingress' },
) {
  const reading = readConfig('controller', args, variables)
  assert.ok(reading.ok, JSON.stringify(reading))
  const said: string[] = []
  const say = (_: object, text: string) => void said.push(text)
  const log = { info: say, warn: say, error: say }
  const outside = { client: CLIENT, clock: new FakeClock(), random: () => 0.5, log, look: () => undefined }
  const made = statusAuthor(reading.config, outside)
  t.after(() => made?.stop())
  return { made, said }
}

test('addresses that are given beat those of a Service', (t) => {
  const { made, said } = author(t, ['--publish-service', 'ingress/sluice', '--publish-address', '192.0.2.1,192.0.2.2'])
  assert.deepEqual([made?.state.addresses, said], [2, []])
})

test('without a namespace there is no author, and that is said', (t) => {
  const { made, said } = author(t, [], {})
  assert.equal(made, undefined)
  assert.match(said.join(), /POD_NAMESPACE is not set: there is no Lease, and neither status nor Events are written/)
})

test('where no addresses can be known it is said why', (t) => {
  assert.match(author(t, []).said.join(), /none of --publish-service, .* is given/)
  assert.match(author(t, ['--publish-nodes']).said.join(), /POD_NAME is not set: --publish-nodes finds no nodes/)
})
