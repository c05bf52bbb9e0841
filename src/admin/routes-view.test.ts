import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RouteSpec } from '../model/route.ts'
import type { ResourceKey } from '../model/snapshot.ts'
import { routesView } from './routes-view.ts'

const origin = { kind: 'Ingress', namespace: 'shop', name: 'web', field: 'spec.rules[0]' }
const forward = {
  kind: 'forward',
  clusters: [
    { name: 'shop/cart:80', weight: 9 },
    { name: 'shop/gone:80', weight: 1 },
  ],
  timeouts: { connectMs: 1, responseGapMs: 2, requestMs: 3 },
  retry: { attempts: 1 },
}
const route = (id: string, action: object) => ({
  id,
  match: { path: { kind: 'prefix', value: '/cart' } },
  filters: [],
  action,
  origin,
})

const explain = ({ id }: RouteSpec) => ({ 'retry.attempts': { value: '1', origin: { ...origin, name: id } } })

interface View {
  readonly hosts: Readonly<Record<string, readonly { readonly reply?: unknown }[]>>
}

function view(resources: Record<string, unknown>): View {
  const entries = Object.entries(resources).map(([key, value]) => [key as ResourceKey, JSON.stringify(value)] as const)
  return JSON.parse(JSON.stringify(routesView(new Map(entries), explain)))
}

test('a route is shown with its clusters, their endpoints and its origin', () => {
  const shown = view({
    'virtualHost/shop.test': { host: 'shop.test', routes: [route('r1', forward)] },
    'cluster/shop/cart:80': { name: 'shop/cart:80', protocol: 'http/1.1', balancer: { kind: 'round-robin' } },
    'endpoints/shop/cart:80': [
      { address: '10.0.0.1', port: 80, weight: 1, state: 'ready' },
      { address: 'fd00::1', port: 80, weight: 1, state: 'draining', zone: 'a' },
    ],
  })
  assert.deepEqual(shown.hosts['shop.test'], [
    {
      path: '/cart',
      match: 'prefix',
      clusters: [
        {
          name: 'shop/cart:80',
          weight: 9,
          protocol: 'http/1.1',
          balancer: 'round-robin',
          endpoints: [
            { endpoint: '10.0.0.1:80', weight: 1, state: 'ready' },
            { endpoint: '[fd00::1]:80', weight: 1, state: 'draining', zone: 'a' },
          ],
        },
        { name: 'shop/gone:80', weight: 1, endpoints: [], note: 'there is no such cluster' },
      ],
      timeouts: forward.timeouts,
      retry: forward.retry,
      filters: [],
      origin,
      id: 'r1',
      values: { 'retry.attempts': { value: '1', origin: { ...origin, name: 'r1' } } },
    },
  ])
})

test('hosts are in order, and a reply is shown as one', () => {
  const broken = route('r', { kind: 'reply', status: 503, reason: 'route-broken' })
  const shown = view({
    'virtualHost/b.test': { host: 'b.test', routes: [broken] },
    'virtualHost/a.test': { host: 'a.test', routes: [] },
  })
  assert.deepEqual(Object.keys(shown.hosts), ['a.test', 'b.test'])
  assert.deepEqual(shown.hosts['b.test']?.[0]?.reply, { status: 503, reason: 'route-broken' })
})

test('kinds that are not named here are never shown', () => {
  const shown = view({ 'certificate/shop/tls': { chain: 'public', key: 'secret' } })
  assert.doesNotMatch(JSON.stringify(shown), /secret/)
})
