/**
 * Pods of an application come and go while clients of all kinds are at work. The application does what many do and none
 * should: on SIGTERM it closes its listener and all idle connections at once, without any `preStop` sleep. Every request
 * is accounted for: who asked, who has executed it, and what the access log says where it failed.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { V1EndpointSlice } from '@kubernetes/client-node'
import type { KubeObject } from '../harness/api-client.ts'
import { kubectl } from '../harness/test-cluster.ts'
import { until } from '../harness/until.ts'
import { createWorkload, rolledOut } from '../harness/workload.ts'
import { Load, type LoadResult } from '../load/load.ts'
import { type Accounts, accountsOf, type FailureAccount } from './accounts.ts'
import { ingress } from './objects.ts'
import { APP_NAMESPACE, type Pod, type Stage } from './stage.ts'

const NAME = 'abrupt'
const HOST = `${NAME}.test`
const REPLICAS = 10
const DEPLOYMENT = `/apis/apps/v1/namespaces/${APP_NAMESPACE}/deployments/${NAME}`
const PODS = `/api/v1/namespaces/${APP_NAMESPACE}/pods?labelSelector=app%3D${NAME}`
const SLICES = `/apis/discovery.k8s.io/v1/namespaces/${APP_NAMESPACE}/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3D${NAME}`
const SEED = 20261121
const SLOW_MS = 3_000
const ROLLOUTS = 2
/** News from the API server are this late, at least. */
const SLOW_API_MS = 500
/** Of POST requests, one may be lost in the moment in which its endpoint closes the connection. */
const POSTS_FOR_ONE = 10_000
/**
 * The same of fewer requests than that, where one more or less decides nothing: the rule itself is judged at full volume.
 * A machine that lets processes wait for a tenth of a second, each in the middle of what it does, loses some of 1600.
 */
const FEW_LOST = 6

export function endpoints(stage: () => Stage): void {
  const requests = () => (stage().full ? 50_000 : 5_000)

  /** Repeats something while clients are at work, until it was done and they have asked enough. */
  async function underMix(prefix: string, times: number, act: () => Promise<void>): Promise<Outcome> {
    const requestsPerSecond = stage().full ? 600 : 300
    const mix = { prefix, seed: SEED, newConnections: 0.3, posts: 0.3, slow: 0.02, slowMs: SLOW_MS }
    const clients = { url: stage().url, hostHeader: HOST, connections: requestsPerSecond / 3, requestsPerSecond, mix }
    const load = await Load.start(clients)
    try {
      const enough = performance.now() + (requests() / requestsPerSecond) * 1_000
      for (let i = 0; i < times || performance.now() < enough; i++) await act()
      // What is slow, or fails only after a while, is seen as well.
      await sleep(SLOW_MS)
      const result = await load.stop(requests())
      const application = { namespace: APP_NAMESPACE, name: NAME }
      return { result, accounts: await accountsOf(stage().cluster.kubelet, application, { prefix, result }) }
    } catch (error) {
      load.kill()
      throw error
    }
  }

  const rollOut = async () => {
    await kubectl(stage().cluster, ['rollout', 'restart', `deployment/${NAME}`, '-n', APP_NAMESPACE])
    await rolledOut(stage().cluster, APP_NAMESPACE, NAME)
  }

  const scaleTo = async (replicas: number) => {
    await stage().client.patch(`${DEPLOYMENT}/scale`, { spec: { replicas } })
    await rolledOut(stage().cluster, APP_NAMESPACE, NAME, 120_000)
    // Who scales in before the Service knows of those that are to stay leaves it without any endpoint.
    await until({ what: `${replicas} ready endpoints`, forMs: 60_000 }, async () => {
      const { items } = await stage().client.list<KubeObject & V1EndpointSlice>(SLICES)
      const ready = items
        .flatMap(({ endpoints }) => endpoints ?? [])
        .filter(({ conditions }) => conditions?.ready === true)
      return ready.length === replicas || undefined
    })
  }

  test(`a Deployment of ${REPLICAS} comes up`, async () => {
    // As a Deployment has it that says nothing.
    const rollingUpdate = { maxSurge: '25%', maxUnavailable: '25%' }
    const { cluster } = stage()
    await createWorkload(cluster, { namespace: APP_NAMESPACE, name: NAME, replicas: REPLICAS, rollingUpdate })
    await rolledOut(cluster, APP_NAMESPACE, NAME)
    await stage().put(ingress(NAME, [{ host: HOST, backend: { name: NAME, port: 80 } }]))
    await stage().answers(HOST, 200)
  })

  test(`${ROLLOUTS} rollouts fail no request and execute none twice`, async (t) => {
    allAccountedFor(t, await underMix('rollout', ROLLOUTS, rollOut))
  })

  test(`${ROLLOUTS} rollouts while the API server is slow fail no request and execute none twice`, async (t) => {
    stage().cluster.apiRelay.slowDown({ delayMs: SLOW_API_MS })
    try {
      allAccountedFor(t, await underMix('slow-api', ROLLOUTS, rollOut))
    } finally {
      stage().cluster.apiRelay.restore()
    }
  })

  test(`${REPLICAS} become 20, and those 2: no request fails and none is executed twice`, async (t) => {
    try {
      const outcome = await underMix('scale', 1, async () => {
        for (const replicas of [2, 20, 2]) await scaleTo(replicas)
      })
      allAccountedFor(t, outcome)
    } finally {
      await scaleTo(REPLICAS)
    }
  })

  test(`one Pod in ${REPLICAS} crashes hard: only what it had in flight and cannot be repeated fails`, async (t) => {
    const victims: string[] = []
    const { result, accounts } = await underMix('crash', 3, async () => {
      const { items } = await stage().client.list<Pod>(PODS)
      // One or the other may still be ending, of those that the Deployment had before.
      const staying = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      const victim = staying[victims.length % staying.length]!
      victims.push(`${victim.status.podIP}:8080`)
      const worker = stage().cluster.kubelet.worker(APP_NAMESPACE, victim.metadata.name)
      await worker.containers[0]!.kill()
      await until({ what: 'a Pod that is ready again', forMs: 60_000 }, () => isBack(stage(), victim))
      // What was repeated elsewhere is over before the next one crashes: a request has three attempts, and two of ten
      // Pods at a time are not one in ten.
      await sleep(SLOW_MS)
    })
    report(t, result, accounts)
    assert.deepEqual(accounts.unexplained, [])
    for (const failure of accounts.failures) {
      assert.ok(wasInFlight(failure, victims), JSON.stringify(failure))
    }
    // GET is repeated elsewhere, whether the dead one had begun with it or not.
    assert.deepEqual(
      [...accounts.repeated.keys()].filter((request) => !request.startsWith('GET ')),
      [],
    )
  })
}

interface Outcome {
  readonly result: LoadResult
  readonly accounts: Accounts
}

/** Whether the container was started anew since, and is ready: on a busy machine nobody may have seen it not to be. */
async function isBack({ client }: Stage, { metadata, status }: Pod): Promise<true | undefined> {
  const before = status.containerStatuses?.[0]?.restartCount ?? 0
  const now = await client.get<Pod>(`/api/v1/namespaces/${APP_NAMESPACE}/pods/${metadata.name}`)
  const [container] = now.status.containerStatuses ?? []
  return (container !== undefined && container.restartCount > before && container.ready) || undefined
}

function report(t: TestContext, { requests, posts, p99Ms }: LoadResult, { failures, repeated }: Accounts): void {
  const words = `${requests} requests (${posts} POST), ${failures.length} failed, ${repeated.size} executed twice`
  t.diagnostic(`${words}, p99 ${p99Ms.toFixed(0)} ms`)
  for (const failure of failures) t.diagnostic(`failed: ${JSON.stringify(failure)}`)
}

/** All were answered and executed once, but for the one way to lose a request that cannot be repeated. */
function allAccountedFor(t: TestContext, { result, accounts }: Outcome): void {
  report(t, result, accounts)
  const { failures, repeated, unexplained } = accounts
  assert.deepEqual(
    failures.filter((failure) => !isExcusable(failure)),
    [],
  )
  const mayBeLost = result.posts < POSTS_FOR_ONE ? FEW_LOST : result.posts / POSTS_FOR_ONE
  assert.ok(failures.length <= mayBeLost, `${failures.length} of ${result.posts}`)
  assert.deepEqual([[...repeated], unexplained], [[], []])
}

/** Sent on a connection that its endpoint closed meanwhile: nobody can know more. */
function isExcusable({ request, reason, logged, executedBy }: FailureAccount): boolean {
  const isLost = reason === 'status 502' && logged?.fault === 'upstream-reset-before-response'
  return isLost && request.startsWith('POST ') && executedBy.length === 0
}

/** It was at one of those that were killed: a POST without an answer, or an answer that had begun. */
function wasInFlight({ request, logged }: FailureAccount, victims: readonly string[]): boolean {
  const isLost = logged?.fault === 'upstream-reset-before-response' && request.startsWith('POST ')
  return (isLost || logged?.fault === 'upstream-reset-in-response') && victims.includes(logged?.upstream ?? '')
}
