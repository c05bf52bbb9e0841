import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange } from './exchange.ts'
import { FAMILIES, type HistogramValue, type Sample } from './metrics.ts'
import { RequestMetrics } from './request-metrics.ts'
import type { Route, RouteLabels } from './types.ts'

const LABELS: RouteLabels = {
  namespace: 'shop',
  ingress: 'web',
  service: 'cart',
  host: 'a.test',
  path: '/',
  variant: '',
}
const LABEL_VALUES = ['shop', 'web', 'cart', 'a.test', '/']

function newMetrics() {
  const metrics = new RequestMetrics()
  const routed = { counters: metrics.route('r1', LABELS) } as Partial<Route> as Route
  const count = (overrides: Partial<Exchange>, took = 0, route: Route | undefined = routed): void => {
    const base = { method: 'GET', status: 200, bytesReceived: 0, bytesSent: 0, startedAt: 100, route }
    metrics.count({ ...base, ...overrides } as Exchange, 100 + took)
  }
  /** Series of a family by their last labels. */
  const series = (family: Sample[0]): Record<string, Sample[2]> =>
    Object.fromEntries(
      [...metrics.samples()].filter(([name]) => name === family).map(([, labels, value]) => [labels.join(' '), value]),
    )
  return { metrics, count, series }
}

const of = (...last: readonly string[]): string => [...LABEL_VALUES, ...last].join(' ')

test('exchanges are counted by route, method and status', () => {
  const { count, series } = newMetrics()
  count({})
  count({})
  count({ status: 404 })
  count({ method: 'POST' })
  count({})
  assert.deepEqual(series('sluice_requests'), { [of('GET', '200')]: 3, [of('GET', '404')]: 1, [of('POST', '200')]: 1 })
})

test('methods that nobody registered share one label', () => {
  const { count, series } = newMetrics()
  for (const method of ['FROBNICATE', 'get', 'PROPFIND', '']) count({ method })
  assert.deepEqual(series('sluice_requests'), { [of('OTHER', '200')]: 4 })
})

test('bytes of bodies add up', () => {
  const { count, series } = newMetrics()
  count({ bytesReceived: 5, bytesSent: 70 })
  count({ bytesReceived: 7, bytesSent: 30 })
  assert.deepEqual(series('sluice_request_size_bytes'), { [of('GET', '200')]: 12 })
  assert.deepEqual(series('sluice_response_size_bytes'), { [of('GET', '200')]: 100 })
})

test('a duration falls into the first bucket that is not smaller', () => {
  const { count, series } = newMetrics()
  const { buckets } = FAMILIES.sluice_request_duration_seconds
  const durations = [0, 5, 5.001, 25, 9_999, 10_000, 10_001, 3_600_000]
  for (const ms of durations) count({}, ms)
  const { counts, sum } = series('sluice_request_duration_seconds')[of('GET', '200')] as HistogramValue
  assert.equal(counts.length, buckets.length + 1)
  const filled = Object.fromEntries(counts.map((n, i) => [buckets[i] ?? 'more', n]).filter(([, n]) => n !== 0))
  assert.deepEqual(filled, { 0.005: 2, 0.01: 1, 0.025: 1, 10: 2, more: 2 })
  assert.ok(Math.abs(sum - durations.reduce((a, b) => a + b) / 1000) < 1e-6)
})

test('samples are values of that moment', () => {
  const { metrics, count } = newMetrics()
  count({})
  const before = structuredClone([...metrics.samples()])
  const taken = [...metrics.samples()]
  count({})
  assert.deepEqual(taken, before)
})

test('faults and retries of endpoints are counted by route', () => {
  const { metrics, series } = newMetrics()
  const counters = metrics.route('r1', LABELS)
  counters.fault('connect-refused')
  counters.fault('connect-refused')
  counters.fault('upstream-timeout')
  counters.retried()
  assert.deepEqual(series('sluice_upstream_faults'), {
    'shop web cart connect-refused': 2,
    'shop web cart upstream-timeout': 1,
  })
  assert.deepEqual(series('sluice_upstream_retries'), { 'shop web cart': 1 })
})

test('requests without a route are counted under empty labels, refused bytes by their fault', () => {
  const { metrics, series } = newMetrics()
  metrics.count({ method: 'GET', status: 404, bytesReceived: 0, bytesSent: 0, startedAt: 0 } as Exchange, 1)
  metrics.refused('bad-host')
  assert.deepEqual(series('sluice_requests'), { '     GET 404': 1 })
  assert.deepEqual(series('sluice_refused_requests'), { 'bad-host': 1 })
})

test('series die with their route', () => {
  const { metrics, count, series } = newMetrics()
  metrics.route('r2', { ...LABELS, path: '/2' })
  count({})
  metrics.drop(['r1', 'never'])
  assert.deepEqual(series('sluice_requests'), {})
  // What still runs on the old route is counted by nobody, and does no harm.
  count({})
  assert.deepEqual(series('sluice_requests'), {})
})

test('series survive that their route is compiled anew, under its new labels', () => {
  const { metrics, count, series } = newMetrics()
  count({})
  const again = { counters: metrics.route('r1', { ...LABELS, service: 'basket' }) } as Partial<Route> as Route
  count({}, 0, again)
  assert.deepEqual(series('sluice_requests'), { 'shop web basket a.test / GET 200': 2 })
})

test('every sample has the labels of its family', () => {
  const { metrics, count } = newMetrics()
  count({})
  metrics.refused('bad-host')
  metrics.route('r1', LABELS).fault('connect-refused')
  metrics.route('r1', LABELS).retried()
  const samples = [...metrics.samples()]
  assert.equal(samples.length, 7)
  for (const [family, labels] of samples) assert.equal(labels.length, FAMILIES[family].labels.length, family)
})
