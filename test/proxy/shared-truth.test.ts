/** Three real worker threads in front of raw backends: what one of them knows all know, and what it had dies with it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { DEFAULT_OUTLIER } from '../../src/model/cluster.ts'
import { answering, Backend, eventually, get } from './harness.ts'
import { NAME, WORKERS, World } from './threads.ts'

test('least request is even over all workers together, and a dead worker leaves no load behind', async (t) => {
  const backends = await Promise.all([0, 1, 2].map(() => new Backend().listen(t)))
  const world = new World(t)
  await world.start({ balancer: { kind: 'least-request' } }, backends)
  const clients = await world.clients(60)
  // Nobody answers: all requests stay under way, and each pick has to know of those of the other workers.
  for (const client of clients) {
    const before = sum(world.loads())
    client.send(get('/hang'))
    await eventually('one more', () => sum(world.loads()) === before + 1)
  }
  const loads = world.loads()
  assert.ok(Math.max(...loads) - Math.min(...loads) <= 3, `${loads}`)

  world.spawned[0]!.terminate()
  while (world.supervisor.deaths === 0 || world.supervisor.listening < WORKERS) await pause(10)
  const alive = () =>
    backends.map(({ connections }) => connections.filter(({ ended, closed }) => !ended && !closed).length)
  await eventually('what it had is forgotten', () => sum(world.loads()) === sum(alive()))
  assert.ok(sum(alive()) < 60, 'the dead one had some')
})

test('an endpoint that hangs up is ejected for all workers, by what all of them saw', async (t) => {
  const [failing, ...backends] = await Promise.all([0, 1, 2, 3].map(() => new Backend().listen(t)))
  answering(...backends)
  failing!.answer = (_, peer) => {
    peer.reset()
    return ''
  }
  const world = new World(t)
  await world.start({ outlier: { ...DEFAULT_OUTLIER, consecutiveFaults: 12 }, balancer: { kind: 'round-robin' } }, [
    ...backends,
    failing!,
  ])
  const clients = await world.clients()
  const faults = async () => {
    const samples = await world.supervisor.samples()
    return sum(samples.flatMap(([family, , value]) => (family === 'sluice_upstream_faults' ? [Number(value)] : [])))
  }
  const round = async () => {
    for (const client of clients) {
      client.send(get('/'))
      assert.equal((await client.message()).status, 200)
    }
  }
  for (let rounds = 0; rounds < 20 && (await faults()) < 12; rounds++) await round()
  const ejected = () => world.supervisor.endpoints()[NAME]!.endpoints.map(({ ejectedForMs }) => ejectedForMs > 0)
  await eventually('it is ejected', () => ejected().filter(Boolean).length > 0)
  assert.deepEqual(ejected(), [false, false, false, true])
  const before = await faults()
  for (let rounds = 0; rounds < 3; rounds++) await round()
  assert.equal(await faults(), before)
})

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0)
}
