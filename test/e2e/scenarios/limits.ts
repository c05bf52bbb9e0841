/**
 * One limit for three replicas that get 80, 15 and 5 percent of the traffic: by what they tell each other, under forged
 * datagrams too, and by a store that dies and comes back. Policies are applied and changed by kubectl under load.
 */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { seal } from '../../../src/controller/peers/message.ts'
import { RedisServer } from '../../tools/redis.ts'
import type { KubeObject } from '../harness/api-client.ts'
import { installSluice } from '../harness/install.ts'
import { HOST_ADDRESS } from '../harness/network.ts'
import { kubectl } from '../harness/test-cluster.ts'
import { until } from '../harness/until.ts'
import { Load, summary } from '../load/load.ts'
import { ingress, own } from './objects.ts'
import { APP, type Pod, SHORT_DRAIN, type Stage } from './stage.ts'

const HOST = 'limited.test'
const PER_SECOND = 100
/** Requests a second for each replica. */
const TRAFFIC = [320, 60, 20]
const WINDOW_MS = 4_000
const BURST = 40
const PEER_PORT = 10_255
const CLASS = '/apis/networking.k8s.io/v1/ingressclasses/sluice'

interface Conditioned extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly observedGeneration?: number
    }[]
  }
}

export function limits(stage: () => Stage): void {
  let pods: readonly Pod[] = []
  let loads: readonly Load[] = []
  let store: RedisServer | undefined

  const policy = (limit: object) => {
    const targetRefs = [{ group: 'networking.k8s.io', kind: 'Ingress', name: 'limited' }]
    return own('RateLimitPolicy', 'fair', { targetRefs, limits: [{ name: 'all', scope: 'Cluster', ...limit }] })
  }
  const apply = (object: object) => kubectl(stage().cluster, ['apply', '-f', '-'], JSON.stringify(object))
  /** A series of one replica. */
  const count = async (pod: Pod, series: RegExp): Promise<number> => {
    const line = (await stage().admin(pod, '/metrics')).split('\n').find((each) => series.test(each))
    return Number(line?.split(' ').at(-1) ?? 0)
  }
  const programmed = () =>
    until({ what: 'a policy that holds' }, async () => {
      const { metadata, status } = await stage().read<Conditioned>(policy({}))
      const [accepted, programmed] = ['Accepted', 'Programmed'].map((type) =>
        status?.conditions?.find((each) => each.type === type && each.observedGeneration === metadata.generation),
      )
      return (accepted?.status === 'True' && programmed?.status === 'True') || undefined
    })
  /** What all replicas let pass in a second, measured over a while. */
  const admitted = async (): Promise<number> => {
    const look = async (pod: Pod) => {
      const passed = await count(pod, /^sluice_rate_limit_decisions.*policy="fair",limit="all",decision="passed"/)
      return { passed, at: performance.now() }
    }
    const before = await Promise.all(pods.map(look))
    await sleep(WINDOW_MS)
    const later = await Promise.all(pods.map(look))
    return later.reduce((sum, { passed, at }, i) => {
      return sum + ((passed - before[i]!.passed) * 1_000) / (at - before[i]!.at)
    }, 0)
  }
  const settlesAt = (perSecond: number) =>
    until({ what: `${perSecond} requests a second, within 10 %`, forMs: 60_000 }, async () => {
      const found = await admitted()
      if (Math.abs(found / perSecond - 1) <= 0.1) return found
      throw new Error(`${found.toFixed(1)} a second pass`)
    })
  const questions = (outcome: 'answered' | 'failed') =>
    Promise.all(pods.map((pod) => count(pod, new RegExp(`^sluice_limit_store_questions.*${outcome}`))))
  /** Requests for each replica, on connections of their own: every worker of it gets some. */
  const ask = async (key: string) => {
    const asked = pods.flatMap(({ status: { podIP } }) =>
      Array.from({ length: BURST }, () => stage().get(HOST, '/', `http://${podIP}:8080`, { 'x-key': key })),
    )
    return (await Promise.all(asked)).map(({ status }) => status)
  }
  /** Resolves once all workers of all replicas are answered by the store. */
  const storeIsAsked = () =>
    until({ what: 'questions that the store answers', forMs: 60_000 }, async () => {
      const before = [await questions('answered'), await questions('failed')] as const
      await ask('warm')
      const [answered, failed] = [await questions('answered'), await questions('failed')]
      const isAsked = pods.every((_, i) => answered[i]! >= before[0][i]! + BURST && failed[i] === before[1][i])
      if (!isAsked) throw new Error(JSON.stringify({ before, answered, failed }))
      return true
    })
  /** How many of them pass; as many as the burst are sent to each replica. */
  const passed = async (key: string): Promise<number> => {
    const statuses = await ask(key)
    assert.ok(statuses.every((status) => status === 200 || status === 429))
    return statuses.filter((status) => status === 200).length
  }

  after(async () => {
    for (const load of loads) load.kill()
    await store?.close()
  })

  test('a limit of the cluster is applied by kubectl under load, and 80/15/5 of it are within 10 % without a store', async (t) => {
    await installSluice(stage().cluster, { set: [...SHORT_DRAIN, 'controller.replicaCount=3'] })
    pods = await until({ what: 'three replicas', forMs: 120_000 }, async () => {
      const found = await stage().replicas()
      return found.length === 3 ? found : undefined
    })
    await stage().put(ingress('limited', [{ host: HOST, backend: APP }]))
    await stage().answers(HOST, 200)
    await until({ what: 'replicas that hear of each other', forMs: 60_000 }, async () => {
      const heard = await Promise.all(pods.map((pod) => count(pod, /^sluice_peers\{state="heard"\}/)))
      return heard.every((each) => each === 2) || undefined
    })
    loads = await Promise.all(
      pods.map(({ status: { podIP } }, i) => {
        const clients = { connections: 4, requestsPerSecond: TRAFFIC[i]! }
        return Load.start({ url: `http://${podIP}:8080`, hostHeader: HOST, ...clients, refusal: 429 })
      }),
    )
    await apply(policy({ key: [], requests: PER_SECOND, per: 'second', burst: 20 }))
    await programmed()
    t.diagnostic(`${(await settlesAt(PER_SECOND)).toFixed(1)} a second pass, of ${PER_SECOND}`)
  })

  test('it changes live', async (t) => {
    const patch = '[{"op":"replace","path":"/spec/limits/0/requests","value":50}]'
    await kubectl(stage().cluster, ['patch', 'ratelimitpolicy', 'fair', '-n', 'shop', '--type=json', '-p', patch])
    await programmed()
    t.diagnostic(`${(await settlesAt(50)).toFixed(1)} a second pass, of 50`)
  })

  test('forged datagrams are counted and change nothing', async (t) => {
    const socket = createSocket('udp4')
    const forge = () => {
      const sums = new Map([['limit/shop/fair/all', [1_000_000]]])
      const forged = seal(Buffer.alloc(32, 1), { from: 'somebody', at: Date.now(), sums })
      for (const { status } of pods) socket.send(forged, PEER_PORT, status.podIP)
    }
    const timer = setInterval(forge, 100)
    try {
      t.diagnostic(`${(await settlesAt(50)).toFixed(1)} a second pass, of 50`)
      for (const pod of pods) {
        assert.ok((await count(pod, /^sluice_peer_datagrams_total\{verdict="stranger"\}/)) > 10)
        assert.equal(await count(pod, /^sluice_peers\{state="heard"\}/), 2)
      }
    } finally {
      clearInterval(timer)
      socket.close()
    }
  })

  test('with a store it is exact; without it for a while nobody is failed, and it is exact again', async () => {
    store = await RedisServer.startAt(HOST_ADDRESS, '--protected-mode', 'no')
    const limitStore = { addresses: [`${HOST_ADDRESS}:${store.port}`], timeout: '5s' }
    await stage().put(own('SluiceConfig', 'edge', { limitStore }))
    const parameters = { apiGroup: 'sluice.dev', kind: 'SluiceConfig', scope: 'Cluster', name: 'edge' }
    await stage().client.patch(CLASS, { spec: { parameters } })
    await apply(policy({ key: ['header:X-Key'], requests: 1, per: 'hour', burst: BURST }))
    await programmed()
    await storeIsAsked()
    assert.equal(await passed('before'), BURST)
    await store.kill()
    await until({ what: 'replicas that count for themselves' }, async () => {
      const before = await questions('failed')
      await ask('nobody')
      return (await questions('failed')).every((each, i) => each > before[i]!) || undefined
    })
    const alone = await passed('without')
    assert.ok(alone >= BURST / 2 && alone <= 2 * BURST, `${alone}`)
    await store.begin()
    await storeIsAsked()
    assert.equal(await passed('again'), BURST)
    const results = await Promise.all(loads.map((load) => load.stop()))
    loads = []
    for (const { failures, refused } of results) {
      assert.deepEqual(summary(failures), {})
      assert.ok(refused > 0)
    }
  })
}
