/** What objects say about themselves: addresses, conditions, Events. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../harness/api-client.ts'
import { until } from '../harness/until.ts'
import { ingress, own } from './objects.ts'
import { APP, type Stage } from './stage.ts'

interface Conditioned extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly reason: string
      readonly message: string
      readonly observedGeneration?: number
    }[]
  }
}

export function status(stage: () => Stage): void {
  const addressOf = async (name: string) => {
    return (await stage().addressesOf(ingress(name, [])))[0]
  }

  test('an Ingress that is ours has the address of the load balancer, and loses it with its class', async () => {
    const of = (className: string) => ingress('addressed', [{ host: 'addressed.test', backend: APP }], { className })
    await stage().put(of('sluice'))
    const ip = new URL(stage().url).hostname
    await until({ what: 'the address' }, async () => ((await addressOf('addressed')) === ip ? true : undefined))
    await stage().put(of('somebody-elses'))
    await until({ what: 'no address' }, async () => ((await addressOf('addressed')) === undefined ? true : undefined))
    await stage().remove(of(''))
  })

  test('what is wrong with an Ingress is told on it once: the field, the value, what was expected', async () => {
    const annotations = { 'sluice.dev/retyr-attempts': '1', 'sluice.dev/request-timeout': 'soon' }
    const wrong = ingress('wrong', [{ host: 'wrong.test', backend: APP }], { annotations })
    await stage().put(wrong)
    const events = await until({ what: 'two Events' }, async () => {
      const found = await stage().eventsOn('Ingress', 'wrong')
      return found.length >= 2 ? found : undefined
    })
    const notes = events.map(({ note }) => note).join('\n')
    assert.match(notes, /retyr-attempts.*did you mean sluice\.dev\/retry-attempts/)
    assert.match(notes, /request-timeout.*expected .*"soon"/)
    await stage().answers('wrong.test', 200)
    // Said again and again it would drown everything else.
    for (const i of ['1', '2', '3']) {
      await stage().put(ingress('wrong', [{ host: `wrong${i}.test`, backend: APP }], { annotations }))
      await stage().answers(`wrong${i}.test`, 200)
    }
    assert.equal((await stage().eventsOn('Ingress', 'wrong')).length, events.length)
    await stage().remove(wrong)
  })

  const route = { group: 'networking.k8s.io', kind: 'Ingress', name: 'app' }
  const timeout = (seconds: number) => ({ timeouts: { response: `${seconds}s` } })
  const limit = (thousands: number) => ({ limits: [{ name: 'all', requests: thousands * 1_000, per: 'second' }] })
  const share = (weight: number) => ({ variants: [{ name: 'canary', service: 'other', weight }] })
  for (const [kind, target, saying] of [
    ['RoutePolicy', route, timeout],
    ['BackendPolicy', { group: '', kind: 'Service', name: 'web' }, timeout],
    ['RateLimitPolicy', route, limit],
    ['CanaryPolicy', { group: '', kind: 'Service', name: 'web' }, share],
  ] as const) {
    test(`a ${kind} says whether it holds, of which generation, and which of two`, async () => {
      const older = own(kind, 'older', { targetRefs: [target], ...saying(20) })
      const younger = own(kind, 'younger', { targetRefs: [target], ...saying(22) })
      const condition = async (object: KubeObject, type: string) => {
        const { metadata, status: { conditions } = {} } = await stage().read<Conditioned>(object)
        const found = conditions?.find((each) => each.type === type)
        return found?.observedGeneration === metadata.generation ? found : undefined
      }
      const becomes = (object: KubeObject, type: string, is: string) =>
        until({ what: `${object.metadata.name} ${type}=${is}` }, async () => {
          const found = await condition(object, type)
          return found?.status === is ? found : undefined
        })
      await stage().put(older)
      await becomes(older, 'Accepted', 'True')
      await becomes(older, 'Programmed', 'True')
      // Age counts in whole seconds.
      await new Promise((resolve) => setTimeout(resolve, 1_100))
      await stage().put(younger)
      const { reason, message } = await becomes(younger, 'Accepted', 'False')
      assert.match(`${reason} ${message}`, /Conflicted.*older/)
      await stage().put(own(kind, 'older', { targetRefs: [target], ...saying(21) }))
      await becomes(older, 'Programmed', 'True')
      await stage().remove(older)
      await becomes(younger, 'Accepted', 'True')
      await stage().remove(younger)
    })
  }

  test('a SluiceConfig that a class names holds at once, and so do its changes', async () => {
    const ingressClass = { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'sluice' } }
    const parameters = { apiGroup: 'sluice.dev', kind: 'SluiceConfig', scope: 'Cluster', name: 'edge' }
    const header = async () => {
      const { body } = await stage().get('app.test')
      return JSON.parse(body).headers.forwarded as string | undefined
    }
    await stage().put(own('SluiceConfig', 'edge', { forwardedHeader: true }))
    await stage().client.patch(`/apis/networking.k8s.io/v1/ingressclasses/${ingressClass.metadata.name}`, {
      spec: { parameters },
    })
    await until({ what: 'the Forwarded field' }, async () => ((await header()) === undefined ? undefined : true))
    await stage().client.patch('/apis/sluice.dev/v1alpha1/sluiceconfigs/edge', { spec: { forwardedHeader: false } })
    await until({ what: 'no Forwarded field' }, async () => ((await header()) === undefined ? true : undefined))
    await stage().client.patch('/apis/networking.k8s.io/v1/ingressclasses/sluice', { spec: { parameters: null } })
    await stage().remove(own('SluiceConfig', 'edge', {}))
  })
}
