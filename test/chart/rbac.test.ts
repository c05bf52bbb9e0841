/** The chart grants what the tables say, where values say, and no more. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grants, type Rule } from '../../scripts/chart/rbac.ts'
import { NAMESPACE, type Rendered, render, type Values } from './helm.ts'
import { ofKind, rights } from './objects.ts'

const GRANTS = grants()
const rightsOf = (...rules: (readonly Rule[])[]) =>
  rules
    .flat()
    .flatMap((rule) => rights(asRole(rule)))
    .sort()
const asRole = (rule: Rule): Rendered => ({ apiVersion: '', kind: '', metadata: { name: '' }, rules: [rule] })
const LEASES = [
  'create coordination.k8s.io/leases',
  'get coordination.k8s.io/leases[sluice]',
  'update coordination.k8s.io/leases[sluice]',
]

/** Rights by where they are given: '' is everywhere. */
async function granted(values: Values): Promise<Readonly<Record<string, readonly string[]>>> {
  const objects = await render(values)
  const roles = [...ofKind(objects, 'ClusterRole'), ...ofKind(objects, 'Role')]
  const places: Record<string, readonly string[]> = {}
  for (const role of roles) {
    const { namespace = '' } = role.metadata
    places[namespace] = [...(places[namespace] ?? []), ...rights(role)].sort()
  }
  return places
}

test('by default: kinds of the tables everywhere, Secrets by name, the Lease in the namespace of the release', async () => {
  assert.deepEqual(await granted({}), {
    '': rightsOf(GRANTS.cluster, GRANTS.namespaced, GRANTS.secrets),
    [NAMESPACE]: LEASES,
  })
})

test('some namespaces: a Role in each, and by cluster only kinds that have none', async () => {
  const values = { controller: { scope: { namespaces: ['shop', 'blog'] }, publishService: { enabled: false } } }
  const watched = rightsOf(GRANTS.namespaced, GRANTS.secrets)
  assert.deepEqual(await granted(values), {
    '': rightsOf(GRANTS.cluster),
    [NAMESPACE]: LEASES,
    shop: watched,
    blog: watched,
    // Where Events about objects without a namespace are.
    default: rightsOf(GRANTS.clusterEvents),
  })
  const withDefault = { scope: { namespaces: ['default'] }, publishService: { enabled: false } }
  assert.deepEqual((await granted({ controller: withDefault })).default, watched)
})

test('the Service that is published can be read where nothing else can', async () => {
  const scope = { namespaces: ['shop'] }
  const services = ['list /services[sluice]', 'watch /services[sluice]']
  assert.deepEqual((await granted({ controller: { scope } }))[NAMESPACE], [...LEASES, ...services].sort())
  const elsewhere = await granted({ controller: { scope, publishService: { pathOverride: 'front/door' } } })
  assert.deepEqual(elsewhere.front, ['list /services[door]', 'watch /services[door]'])
  assert.deepEqual(elsewhere[NAMESPACE], LEASES)
  const fixed = await granted({ controller: { scope, publishAddress: ['192.0.2.1'] } })
  assert.deepEqual(fixed[NAMESPACE], LEASES)
})

test('ConfigMaps of TCP and UDP services are watched by name, and told of what is wrong with them', async () => {
  const tcp = { 9000: 'shop/app:http' }
  const both = await granted({ tcp, udp: { 53: 'shop/names:dns' } })
  const watched = ['list', 'watch'].map((verb) => `${verb} /configmaps[sluice-tcp,sluice-udp]`)
  assert.deepEqual(both[NAMESPACE], [...LEASES, ...watched].sort())
  const scoped = await granted({ tcp, controller: { scope: { namespaces: ['shop'] }, publishAddress: ['192.0.2.1'] } })
  const one = ['list /configmaps[sluice-tcp]', 'watch /configmaps[sluice-tcp]']
  assert.deepEqual(scoped[NAMESPACE], [...LEASES, ...one, ...rightsOf(GRANTS.clusterEvents)].sort())
})

test('our own Pods can be read where their nodes are published', async () => {
  const scope = { namespaces: ['shop'] }
  const nodes = { scope, kind: 'DaemonSet', hostPort: { enabled: true }, service: { enabled: false } }
  const rights = [...LEASES, ...rightsOf(GRANTS.ownPods)].sort()
  assert.deepEqual((await granted({ controller: nodes }))[NAMESPACE], rights)
  assert.deepEqual((await granted({ controller: { ...nodes, publishNodes: false } }))[NAMESPACE], LEASES)
})

test('Secrets are watched in the namespaces that are named, and nowhere listed by cluster', async () => {
  const places = await granted({ controller: { secretNamespaces: ['shop'] } })
  assert.deepEqual(places.shop, rightsOf(GRANTS.watchedSecrets))
  assert.deepEqual(
    places['']!.filter((right) => right.endsWith('/secrets')),
    ['get /secrets'],
  )
})

test('Secrets are read nowhere else where that is not wanted', async () => {
  const places = await granted({ rbac: { readSecrets: false }, controller: { secretNamespaces: ['shop'] } })
  assert.deepEqual(places, {
    '': rightsOf(GRANTS.cluster, GRANTS.namespaced),
    [NAMESPACE]: LEASES,
    shop: rightsOf(GRANTS.watchedSecrets),
  })
})

test('the Lease is the one of the release, whatever it is called', async () => {
  const places = await granted({ controller: { electionID: 'other' } })
  assert.ok(places[NAMESPACE]!.includes('update coordination.k8s.io/leases[other]'))
})

test('no roles where somebody else makes them', async () => {
  assert.deepEqual(await granted({ rbac: { create: false } }), {})
})
