/** How a controller starts and stops: nothing is published before all that it needs was read. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Controller } from '../../src/controller/controller.ts'
import { DEFAULT_OPTIONS } from '../../src/controller/translate/options.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { batchOf, entry, ingress, RAW_INGRESS, service, setUp, turn } from './world.ts'

test('after start the first snapshot is published, and its problems are told', async () => {
  const { controller, updates, problems } = setUp(batchOf(ingress))
  await controller.start()
  assert.equal(updates.length, 1)
  assert.deepEqual(problems, [
    [
      'error: Ingress default/web, spec.defaultBackend.service.name: there is no Service default/web; requests are answered 503',
    ],
  ])
})

test('what is only read when it is referred to is read before anything is published', async () => {
  const asked: string[][] = []
  const read = Promise.withResolvers<void>()
  const want = (refs: ReadonlySet<string>) => {
    asked.push([...refs])
    return read.promise
  }
  const secured = { ...RAW_INGRESS.spec, tls: [{ hosts: ['a.test'], secretName: 'tls' }] }
  const { controller, updates, tell, problems } = setUp(batchOf(entry({ ...RAW_INGRESS, spec: secured })), {}, { want })
  const started = controller.start()
  await turn()
  assert.deepEqual(asked, [['Secret/default/tls']])
  assert.equal(updates.length, 0)
  tell(batchOf(service()))
  read.resolve()
  await started
  assert.equal(updates.length, 1)
  assert.deepEqual(
    problems.flat().filter((text) => text.includes('there is no Service')),
    [],
  )
})

test('what the start waits for is told at once', async () => {
  const { controller, tell, problems } = setUp(batchOf(), {}, { want: () => new Promise(() => {}) })
  void controller.start()
  await turn()
  const at = { kind: 'Resource', namespace: '', name: 'secrets' }
  const problem = { at, severity: 'error', reason: 'ApiServerUnavailable', message: 'nobody answers' } as const
  tell({ ...batchOf(), problems: [problem] })
  assert.deepEqual(problems, [['error: Resource secrets: nobody answers']])
})

test('a change that is the first to refer to a Secret waits until that was looked for, but not for ever', async () => {
  const reads: (() => void)[] = []
  let isRead = true
  const source = { want: () => new Promise<void>((resolve) => reads.push(resolve)), hasRead: () => isRead }
  const { controller, clock, tell, updates, problems } = setUp(batchOf(ingress, service()), {}, source)
  const started = controller.start()
  await turn()
  reads[0]!()
  await started
  const [before, told] = [updates.length, problems.length]
  const change = async (host: string) => {
    const spec = { ...RAW_INGRESS.spec, tls: [{ hosts: [host], secretName: host }], rules: [{ host }] }
    tell(batchOf(entry({ ...RAW_INGRESS, spec })))
    clock.advance(20)
    await turn()
  }
  isRead = false
  await change('a.test')
  assert.deepEqual([updates.length, problems.length], [before, told], 'what is not known was taken for missing')
  isRead = true
  reads.at(-1)!()
  await turn()
  clock.advance(20)
  await turn()
  assert.equal(updates.length, before + 1)
  isRead = false
  await change('b.test')
  assert.equal(updates.length, before + 1)
  clock.advance(1_000)
  clock.advance(20)
  await turn()
  assert.equal(updates.length, before + 2)
  assert.match(problems.at(-1)!.join(), /there is no Secret default\/b\.test/)
})

test('a source without anything to read from ends the start', async () => {
  const { controller } = setUp(batchOf())
  const failing = new Controller({
    source: { start: () => Promise.reject(new Error('no such folder')), stop: () => {} },
    clock: new FakeClock(),
    random: () => 1,
    publisher: { publish: () => assert.fail('nothing may be published') },
    options: DEFAULT_OPTIONS,
    onProblems: () => {},
    log: { error: () => {} },
    lookup: async () => [],
    askResponder: () => assert.fail('no responder is to be asked'),
  })
  await assert.rejects(failing.start(), /no such folder/)
  controller.stop()
})

test('stop ends the source and all publishing', async () => {
  const { controller, clock, updates, tell, isStopped } = setUp(batchOf(ingress))
  await controller.start()
  tell(batchOf(service()))
  controller.stop()
  clock.advance(1000)
  await turn()
  assert.equal(isStopped(), true)
  assert.equal(updates.length, 1)
})
