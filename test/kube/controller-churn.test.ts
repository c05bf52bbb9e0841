/**
 * A day's worth of changes and accidents in a moment: what was published in the end is what a controller publishes that
 * has just started.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Controller } from '../../src/controller/controller.ts'
import { HttpKubeClient } from '../../src/controller/source/kube/client.ts'
import { KubeSource } from '../../src/controller/source/kube/kube.ts'
import { RESOURCES, resourcePath, SECRETS } from '../../src/controller/source/kube/resources.ts'
import { DEFAULT_OPTIONS } from '../../src/controller/translate/options.ts'
import { seededRandom } from '../../src/lib/random.ts'
import { type Problem, printProblem } from '../../src/model/problem.ts'
import { patch, type ResourceKey } from '../../src/model/snapshot.ts'
import { anyObject, type Raw } from '../translate/any-object.ts'
import { ingress, service, slice } from '../translate/world.ts'
import { Bell } from './bell.ts'
import { RingingClock } from './clock.ts'
import { ApiDouble, refuse } from './double.ts'
import { TestAccess } from './follower.ts'

const CHANGES = 600
const PATHS = new Map(
  [...RESOURCES, SECRETS].map((row) => [
    row.kind.replace(/\..*/, ''),
    resourcePath(row, row === SECRETS ? 'shop' : undefined),
  ]),
)

/** One that follows the double, and what it has published and complained about so far. */
async function following(t: TestContext, server: string) {
  const access = new TestAccess()
  access.server = server
  const clock = new RingingClock(new Bell())
  const random = seededRandom(9)
  const log = {
    warn: () => {},
    error: (fields: object, text: string) => assert.fail(`${text} ${JSON.stringify(fields)}`),
  }
  const client = new HttpKubeClient(access, clock)
  const source = new KubeSource({ client, clock, random, log, namespaces: [], secretNamespaces: [], configMaps: [] })
  const published = new Map<ResourceKey, string>()
  let problems: readonly Problem[] = []
  const controller = new Controller({
    ...{ source, clock, random, log, options: DEFAULT_OPTIONS, lookup: async () => [] },
    askResponder: () => Promise.reject(new Error('there is none')),
    publisher: { publish: async (update) => patch(published, update) },
    onProblems: (all) => {
      problems = all
    },
  })
  t.after(() => {
    controller.stop()
    access.agent.destroy()
  })
  let started = false
  const starting = controller.start().then(() => {
    started = true
  })
  while (!started) {
    clock.advance(1_000)
    await turn()
  }
  await starting
  // Of the objects alone: how reading them goes is not a matter of what they say.
  const objections = () => problems.filter(({ reason }) => reason !== 'ReadFailed').map(printProblem)
  return { clock, state: () => ({ published: [...published].sort(), problems: objections() }) }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

for (const seed of [1, 2, 3]) {
  test(`after many changes and accidents a controller is as good as a new one (seed ${seed})`, {
    timeout: 60_000,
  }, async (t) => {
    const random = seededRandom(seed)
    const double = new ApiDouble(new Bell(), [...PATHS.values()])
    const server = await double.listen()
    t.after(() => double.close())
    const old = await following(t, server)
    const paths = [...PATHS.values()]
    const anyPath = () => paths[Math.floor(random() * paths.length)]!
    const accidents = [
      () => double.endWatches(anyPath(), 'cut'),
      () => double.endWatches(anyPath()),
      () => double.send(anyPath(), '{"type":"ADD\n'),
      () => double.send(anyPath(), `${JSON.stringify({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })}\n`),
      () => double.forgetHistory(),
      () => double.fail('watch', (response) => refuse(response, 500)),
      () => double.fail('list', (response) => refuse(response, 429)),
    ]
    for (let i = 0; i < CHANGES; i++) {
      const object: Raw = anyObject(random)
      const path = PATHS.get(object.kind)!
      if (random() < 0.3) double.remove(path, object)
      else double.put(path, object)
      if (random() < 0.1) accidents[Math.floor(random() * accidents.length)]!()
      if (random() < 0.5) await turn()
      old.clock.advance(random() * 500)
    }
    // Somebody has to be served for there to be something to compare, by a Service that no policy can break.
    const spec = { controller: DEFAULT_OPTIONS.controllerClass }
    const ours = { kind: 'IngressClass', metadata: { name: DEFAULT_OPTIONS.ingressClass }, spec }
    for (const each of [ours, ingress('sound'), service('sound'), slice('sound', ['10.0.0.9'])])
      double.put(PATHS.get(each.kind)!, each)
    const fresh = await following(t, server)
    const expected = fresh.state()
    assert.ok(expected.published.length > 3 && expected.problems.length > 0, JSON.stringify(expected))
    const isSame = () => JSON.stringify(old.state()) === JSON.stringify(expected)
    for (let i = 0; i < 2_000 && !isSame(); i++) {
      old.clock.advance(1_000)
      await turn()
    }
    assert.deepEqual(old.state(), expected)
  })
}
