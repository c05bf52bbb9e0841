/** Canaries: shares that change under load, requests that ask for a variant, and rollouts, good ones and bad ones. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeObject } from '../harness/api-client.ts'
import { SLUICE_NAMESPACE } from '../harness/install.ts'
import { kubectl } from '../harness/test-cluster.ts'
import { until } from '../harness/until.ts'
import { createWorkload, rolledOut } from '../harness/workload.ts'
import { Load, type LoadResult, summary } from '../load/load.ts'
import { ingress, own } from './objects.ts'
import { APP_NAMESPACE as namespace, type Stage } from './stage.ts'

interface Policy extends KubeObject {
  readonly status?: {
    readonly phase?: string
    readonly currentWeight?: number
    readonly step?: string
    readonly verdict?: string
    readonly message?: string
    readonly canary?: { readonly requests: number; readonly failures: number }
  }
}

interface Lease extends KubeObject {
  readonly spec: { readonly holderIdentity?: string }
}

const POLICY = 'checkout'
const HOST = 'checkout.test'
const CLIENTS = { connections: 10, requestsPerSecond: 50 }
/** Each fails every Nth request, where a number is given. */
const SERVICES = [
  ['checkout', undefined],
  ['checkout-next', undefined],
  ['checkout-bad', '5'],
  ['flaky', '20'],
  ['flaky-next', '20'],
] as const

export function canary(stage: () => Stage): void {
  const policy = (spec: object) => own('CanaryPolicy', POLICY, spec)
  const serve = async (primary: string) => {
    await stage().put(ingress(POLICY, [{ host: HOST, backend: { name: primary, port: 80 } }]))
    await until({ what: `answers of ${primary}` }, async () => {
      const { body } = await stage().get(HOST)
      return (JSON.parse(body) as { pod: string }).pod.startsWith(`${primary}-`) || undefined
    })
  }
  const spec = (primary: string, variant: string, more: object) => ({
    targetRefs: [{ group: '', kind: 'Service', name: primary }],
    variants: [{ name: 'canary', service: variant, ...('weight' in more ? { weight: more.weight } : {}) }],
    ...('weight' in more ? {} : more),
  })
  const load = () => Load.start({ url: stage().url, hostHeader: HOST, ...CLIENTS })
  const statusOf = async () => (await stage().read<Policy>(policy({}))).status ?? {}
  const becomes = (phase: string, forMs: number) =>
    until({ what: `phase ${phase}`, forMs }, async () => {
      const status = await statusOf()
      return status.phase === phase ? status : undefined
    })
  /** Waits until every replica sends that share to the canary. */
  const weighs = (weight: number) =>
    until({ what: `a weight of ${weight}` }, async () => {
      const pages = await Promise.all((await stage().replicas()).map((pod) => stage().admin(pod, '/metrics')))
      const line = new RegExp(
        `^sluice_canary_weight_percent\\{.*policy="${POLICY}",variant="canary"\\} ${weight}$`,
        'm',
      )
      return pages.every((page) => line.test(page)) || undefined
    })
  /** Lets clients ask until the rollout is where it should end. */
  const rollOut = async (primary: string, variant: string, phase: 'Promoted' | 'RolledBack') => {
    await serve(primary)
    const asked = await load()
    try {
      const steps = [
        // A bad one is to be found in the first step.
        { weight: 10, pause: phase === 'RolledBack' ? '30s' : '6s' },
        { weight: 50, pause: '4s' },
      ]
      const analysis = { steps, minRequests: 20, revision: variant, latencyTolerancePercent: 0 }
      await stage().put(policy(spec(primary, variant, { analysis })))
      const startedAt = Date.now()
      const status = await becomes(phase, 60_000)
      await weighs(phase === 'Promoted' ? 100 : 0)
      const tookMs = Date.now() - startedAt
      // What is under way by then is counted, too.
      await sleep(2_000)
      return { status, tookMs, result: await asked.stop() }
    } catch (error) {
      asked.kill()
      throw error
    }
  }

  test('a share is met, and follows kubectl under load; header and cookie ask for a variant', async () => {
    for (const [name, failOneIn] of SERVICES) {
      const variables = failOneIn === undefined ? {} : { FAIL_ONE_IN: failOneIn }
      await createWorkload(stage().cluster, { namespace, name, replicas: 1, variables })
    }
    for (const [name] of SERVICES) await rolledOut(stage().cluster, namespace, name)
    await serve('checkout')
    const shareOf = async (weight: number, matches: object[] = []) => {
      await stage().put(policy({ ...spec('checkout', 'checkout-next', { weight }), matches }))
      await weighs(weight)
      return measured()
    }
    const measured = async () => {
      const asked = await Load.start({ url: stage().url, hostHeader: HOST, connections: 20, requestsPerSecond: 400 })
      await sleep(3_000)
      return shareIn(await asked.stop(), 'checkout-next-')
    }
    assert.equal(await shareOf(0), 0)
    assert.ok(Math.abs((await shareOf(20)) - 0.2) < 0.1)
    assert.equal(await shareOf(100), 1)
    const asked = await load()
    await kubectl(stage().cluster, [
      ...['patch', 'canarypolicy', POLICY, '-n', namespace, '--type=json'],
      ...['-p', '[{"op":"replace","path":"/spec/variants/0/weight","value":50}]'],
    ])
    await weighs(50)
    const share = await measured()
    const { failures } = await asked.stop()
    assert.deepEqual(summary(failures), {})
    assert.ok(Math.abs(share - 0.5) < 0.1, `${share}`)
    const matches = [
      { variant: 'canary', headers: [{ name: 'X-Canary', value: 'always' }] },
      { variant: 'canary', cookies: [{ name: 'beta' }] },
    ]
    assert.equal(await shareOf(0, matches), 0)
    const podFor = async (headers: Record<string, string>) => {
      const { body } = await stage().get(HOST, '/', stage().url, headers)
      return (JSON.parse(body) as { pod: string }).pod
    }
    for (let i = 0; i < 4; i++) {
      assert.match(await podFor({ 'X-Canary': 'always' }), /^checkout-next-/)
      assert.match(await podFor({ Cookie: 'a=b; beta=1' }), /^checkout-next-/)
      assert.doesNotMatch(await podFor({ 'X-Canary': 'never' }), /^checkout-next-/)
    }
    await stage().remove(policy({}))
  })

  test('a canary with 20 % errors at 10 % of 50 requests a second is taken back within 10 s, with an Event', async (t) => {
    const { status, tookMs, result } = await rollOut('checkout', 'checkout-bad', 'RolledBack')
    t.diagnostic(`back after ${tookMs} ms, ${result.failures.length} of ${result.requests} requests failed`)
    // Its backend fails by count, not by chance, so the evidence comes at the same pace in every run.
    assert.ok(tookMs < 10_000, `${tookMs} ms`)
    assert.ok(result.failures.length <= 12, `${result.failures.length} failed requests`)
    assert.deepEqual([status.currentWeight, status.verdict], [0, 'Worse'])
    const event = await until({ what: 'the Event' }, async () => {
      return (await stage().eventsOn('CanaryPolicy', POLICY)).find(({ reason }) => reason === 'CanaryRolledBack')
    })
    assert.match(event.note, /errors: \d+ of \d+ requests \(\d+\.\d+ %\) of the canary failed/)
    const columns = await kubectl(stage().cluster, ['get', 'canarypolicy', POLICY, '-n', namespace])
    assert.match(columns, /PHASE +WEIGHT +STEP +VERDICT/)
    assert.match(columns, /RolledBack +0 +1\/2 +Worse/)
    await stage().remove(policy({}))
  })

  test('a good canary is promoted', async () => {
    const { status, result } = await rollOut('checkout', 'checkout-next', 'Promoted')
    assert.deepEqual([status.currentWeight, result.failures.length], [100, 0])
    const last = await load()
    await sleep(1_500)
    assert.equal(shareIn(await last.stop(), 'checkout-next-'), 1)
    await stage().remove(policy({}))
  })

  test('a shadow that fails gets copies, and nobody else hears of it', async () => {
    await serve('checkout')
    const { targetRefs } = spec('checkout', '', {})
    await stage().put(policy({ targetRefs, mirror: { service: 'checkout-bad' } }))
    const copies = async (outcome: string) => {
      const pages = await Promise.all((await stage().replicas()).map((pod) => stage().admin(pod, '/metrics')))
      const of = new RegExp(`^sluice_canary_mirrored_requests\\{.*outcome="${outcome}"\\} (\\d+)$`, 'm')
      return pages.reduce((sum, page) => sum + Number(of.exec(page)?.[1] ?? 0), 0)
    }
    const asked = await load()
    await until({ what: 'copies' }, async () => (await copies('same')) >= 40 || undefined)
    const { failures } = await asked.stop()
    assert.deepEqual(summary(failures), {})
    assert.ok((await copies('different')) >= 8)
    await stage().remove(policy({}))
  })

  test('another leader goes on where the rollout is; people keep it there and let it go on', async () => {
    await stage().calm()
    await serve('checkout')
    const asked = await load()
    const steps = [
      { weight: 20, pause: '2s' },
      { weight: 50, approval: true },
    ]
    const analysis = { steps, minRequests: 10, revision: 'handed-over', latencyTolerancePercent: 0 }
    await stage().put(policy({ ...spec('checkout', 'checkout-next', { analysis }), paused: true }))
    const paused = await becomes('Paused', 30_000)
    assert.deepEqual([paused.step, paused.currentWeight], ['1/2', 20])
    const named = ['canarypolicy', POLICY, '-n', namespace]
    await kubectl(stage().cluster, ['patch', ...named, '--type=merge', '-p', '{"spec":{"paused":false}}'])
    await becomes('WaitingForApproval', 30_000)
    const lease = () =>
      stage().client.get<Lease>(`/apis/coordination.k8s.io/v1/namespaces/${SLUICE_NAMESPACE}/leases/sluice`)
    const { spec: before } = await lease()
    const pods = await stage().replicas()
    const leader = pods.find(({ metadata }) => before.holderIdentity?.startsWith(metadata.name))
    await kubectl(stage().cluster, ['delete', 'pod', leader!.metadata.name, '-n', SLUICE_NAMESPACE, '--wait=false'])
    await until({ what: 'another leader', forMs: 60_000 }, async () => {
      const { spec: now } = await lease()
      return (now.holderIdentity ?? '') !== '' && now.holderIdentity !== before.holderIdentity ? true : undefined
    })
    // Long enough for it to go on by mistake; it counts requests anew before it waits again.
    await sleep(3_000)
    const { step, currentWeight } = await becomes('WaitingForApproval', 30_000)
    assert.deepEqual([step, currentWeight], ['2/2', 50])
    await kubectl(stage().cluster, ['annotate', ...named, 'sluice.dev/approved=handed-over/2'])
    await becomes('Promoted', 60_000)
    const { failures } = await asked.stop()
    assert.deepEqual(summary(failures), {})
    await stage().remove(policy({}))
    await stage().calm()
  })

  test('a canary with the error rate of its primary is not taken back', async () => {
    const { status } = await rollOut('flaky', 'flaky-next', 'Promoted')
    assert.equal(status.verdict, 'NotWorse')
    await stage().remove(policy({}))
    await stage().remove(ingress(POLICY, []))
  })
}

/** Of the answers, as a share of one. */
function shareIn({ byPod }: LoadResult, prefix: string): number {
  const all = Object.values(byPod).reduce((sum, count) => sum + count, 0)
  const own = Object.entries(byPod).filter(([pod]) => pod.startsWith(prefix))
  return own.reduce((sum, [, count]) => sum + count, 0) / all
}
