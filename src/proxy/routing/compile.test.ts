import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClusterName } from '../../model/cluster.ts'
import type { ActionSpec, HostPattern, RouteSpec, VirtualHostSpec } from '../../model/route.ts'
import { Exchange, type ExchangeInit } from '../exchange.ts'
import type { Downstream, Reply } from '../sides.ts'
import type { RouteLabels } from '../types.ts'
import { type CompileDeps, compileHost } from './compile.ts'

const FORWARD: ActionSpec = {
  kind: 'forward',
  clusters: [{ name: 'shop/web:http' as ClusterName, weight: 1 }],
  timeouts: { connectMs: 1, responseGapMs: 1, requestMs: 0 },
  retry: { attempts: 1 },
}

function hostOf(...routes: readonly Partial<RouteSpec>[]): VirtualHostSpec {
  const origin = { kind: 'Ingress', namespace: 'shop', name: 'web' }
  const base = { match: { path: { kind: 'prefix', value: '/' } }, filters: [], action: FORWARD, origin } as const
  return { host: 'a.test' as HostPattern, routes: routes.map((route, n) => ({ ...base, id: `r${n}`, ...route })) }
}

function newDeps() {
  const counted: (readonly [id: string, labels: RouteLabels])[] = []
  const asked: ActionSpec[] = []
  const deps = {
    deadlines: { remove() {} },
    clusters: (action: ActionSpec) => {
      asked.push(action)
      return { choose: () => ({ acquire: () => undefined, wait: () => 'no-endpoint' }) }
    },
    counters: (id: string, labels: RouteLabels) => {
      counted.push([id, labels])
      return { fault() {}, retried() {} }
    },
  } as unknown as CompileDeps
  return { deps, counted, asked }
}

function served(spec: VirtualHostSpec, path: string): { reply: Reply | undefined; exchange: Exchange } {
  const replies: Reply[] = []
  const downstream = { attach() {}, reply: (reply: Reply) => replies.push(reply) } as unknown as Downstream
  const route = compileHost(spec, newDeps().deps, new Map()).find(path)!
  const exchange = new Exchange({} as ExchangeInit, downstream, { finished() {} })
  exchange.route = route
  route.act(exchange)
  return { reply: replies[0], exchange }
}

test('a route is counted under the labels of its object, its first service and its path', () => {
  const { deps, counted } = newDeps()
  compileHost(hostOf({ match: { path: { kind: 'exact', value: '/cart' } } }), deps, new Map())
  assert.deepEqual(counted, [
    ['r0', { namespace: 'shop', ingress: 'web', service: 'web', host: 'a.test', path: '/cart', variant: '' }],
  ])
})

test('a route without a service is counted under an empty one', () => {
  const { deps, counted } = newDeps()
  compileHost(hostOf({ action: { kind: 'reply', status: 503, reason: 'NoService' } }), deps, new Map())
  assert.equal(counted[0]?.[1].service, '')
})

test('endpoints come from the clusters that the action names', () => {
  const { deps, asked } = newDeps()
  compileHost(hostOf({ action: FORWARD }), deps, new Map())
  assert.deepEqual(asked, [FORWARD])
})

test('filters stay in their order, split by what they look at', () => {
  const filters = [
    { kind: 'body-limit', maxBytes: 1 },
    { kind: 'body-limit', maxBytes: 2 },
  ] as const
  const route = compileHost(hostOf({ filters }), newDeps().deps, new Map()).find('/')!
  const exchange = { bodyLength: 0, maxBodyBytes: 0 } as Exchange
  const limits = route.requestFilters.map((filter) => {
    filter(exchange)
    return exchange.maxBodyBytes
  })
  assert.deepEqual(limits, [1, 2])
  assert.deepEqual(route.responseFilters, [])
})

test('a cluster without endpoints answers 503', () => {
  const { reply, exchange } = served(hostOf({}), '/')
  assert.deepEqual(reply, { status: 503, fault: 'no-endpoint' })
  assert.equal(exchange.status, 503)
})

test('a broken route answers its status and is a fault of its own', () => {
  const { reply, exchange } = served(hostOf({ action: { kind: 'reply', status: 503, reason: 'NoService' } }), '/')
  assert.deepEqual(reply, { status: 503, fault: 'route-broken' })
  assert.equal(exchange.fault, 'route-broken')
})

test('a fixed status that says something else does not blame the configuration', () => {
  const { reply } = served(hostOf({ action: { kind: 'reply', status: 404, reason: 'Resource' } }), '/')
  assert.deepEqual(reply, { status: 404, fault: undefined })
})
