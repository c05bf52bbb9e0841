/** Every value that holds knows where it came from, from the default to the annotation. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AFFINITY_OPTIONS, CLUSTER_OPTIONS } from '../../src/controller/api/backend-policy.ts'
import { INGRESS_OPTIONS } from '../../src/controller/api/route-policy.ts'
import { Store } from '../../src/controller/store.ts'
import { DEFAULT_OPTIONS } from '../../src/controller/translate/options.ts'
import { translate } from '../../src/controller/translate/translate.ts'
import { leavesOf } from '../../src/lib/schema.ts'
import type { RouteSpec } from '../../src/model/route.ts'
import { ingress, meta, put, service, snapshotOf } from './world.ts'

const API = 'sluice.dev/v1alpha1'
const parameters = { apiGroup: 'sluice.dev', kind: 'SluiceConfig', name: 'main' }
const ANNOTATIONS = {
  'sluice.dev/connections-max-idle': '4',
  'sluice.dev/response-timeout': '7s',
  'sluice.dev/connect-timeout': '8s',
  'sluice.dev/session-affinity-mode': 'balanced',
  'sluice.dev/tls-server-name': 'c.test',
}
const WORLD = [
  service('a'),
  service('b'),
  { ...service('c'), metadata: meta('c', { annotations: ANNOTATIONS }) },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'sluice' },
    spec: { controller: 'sluice.dev/ingress-controller', parameters },
  },
  {
    apiVersion: API,
    kind: 'SluiceConfig',
    metadata: { name: 'main' },
    spec: { timeouts: { idle: '30s' }, routeDefaults: { timeouts: { connect: '1s', response: '1s', request: '1m' } } },
  },
  {
    apiVersion: API,
    kind: 'BackendPolicy',
    metadata: meta('slow'),
    spec: {
      targetRefs: ['a', 'c'].map((name) => ({ group: '', kind: 'Service', name })),
      timeouts: { connect: '2s', response: '2s' },
      connections: { maxIdle: 3 },
    },
  },
  {
    apiVersion: API,
    kind: 'RoutePolicy',
    metadata: meta('patient'),
    spec: {
      targetRefs: [{ group: 'networking.k8s.io', kind: 'Ingress', name: 'web' }],
      timeouts: { response: '3s', request: '3m' },
    },
  },
  { ...ingress('a', 'b', 'c'), metadata: meta('web', { annotations: { 'sluice.dev/request-timeout': '4m' } }) },
]

/** Value and origin of everything that holds for the route to a Service. */
function explained(name: string): Record<string, string> {
  const store = new Store()
  for (const raw of WORLD) put(store, raw)
  const translation = translate(store.view(), DEFAULT_OPTIONS)
  const { routes } = JSON.parse(snapshotOf(translation).get('virtualHost/*') ?? '') as { routes: RouteSpec[] }
  const route = routes.find(({ match }) => match.path.value === `/${name}`)!
  const values = Object.entries(translation.explain(route))
  return Object.fromEntries(
    values.map(([path, { value, origin }]) => [path, `${value} ${origin.kind} ${origin.name} ${origin.field ?? ''}`]),
  )
}

test('each value of a route names the strongest that spoke, and the default where nobody did', () => {
  const values = explained('a')
  const said = Object.entries(values).filter(([, text]) => !text.endsWith(' Default  '))
  assert.deepEqual(Object.fromEntries(said), {
    'timeouts.connect': '2s BackendPolicy.sluice.dev slow spec.timeouts.connect',
    'timeouts.response': '3s RoutePolicy.sluice.dev patient spec.timeouts.response',
    'timeouts.request': '4m Ingress web metadata.annotations["sluice.dev/request-timeout"]',
    'connections.maxIdle': '3 BackendPolicy.sluice.dev slow spec.connections.maxIdle',
  })
  const all = leavesOf({ ...INGRESS_OPTIONS, ...CLUSTER_OPTIONS, ...AFFINITY_OPTIONS }).map(({ path }) => path)
  // Without it a cookie lives as long as its browser.
  const hasDefault = all.filter((path) => path !== 'sessionAffinity.cookieMaxAge')
  assert.deepEqual(Object.keys(values).sort(), hasDefault.sort())
  assert.equal(values['connections.idleTimeout'], '1m Default  ')
})

test('the policy of one Service says nothing about the next', () => {
  const { 'timeouts.connect': connect, 'connections.maxIdle': maxIdle } = explained('b')
  assert.equal(connect, '1s SluiceConfig.sluice.dev main spec.routeDefaults.timeouts.connect')
  assert.equal(maxIdle, '512 Default  ')
})

test('annotations of a Service are stronger than its policy, and weaker than what is said of the route', () => {
  const at = (name: string) => `Service c metadata.annotations["sluice.dev/${name}"]`
  const { 'timeouts.connect': connect, 'timeouts.response': response, ...values } = explained('c')
  assert.equal(connect, `8s ${at('connect-timeout')}`)
  assert.equal(response, '3s RoutePolicy.sluice.dev patient spec.timeouts.response')
  assert.equal(values['connections.maxIdle'], `4 ${at('connections-max-idle')}`)
  assert.equal(values['sessionAffinity.mode'], `balanced ${at('session-affinity-mode')}`)
  assert.equal(values['tls.serverName'], `c.test ${at('tls-server-name')}`)
})

test('the values of the process name their origin too', () => {
  const store = new Store()
  for (const raw of WORLD) put(store, raw)
  const { config } = translate(store.view(), DEFAULT_OPTIONS)
  assert.equal(config.values['timeouts.idle'], 30_000)
  assert.equal(config.origins['timeouts.idle'].name, 'main')
  assert.equal(config.origins['timeouts.body'].kind, 'Default')
})
