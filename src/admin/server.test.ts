import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { Problem } from '../model/problem.ts'
import { Metrics } from './metrics.ts'
import { adminPages, type PagesSpec } from './pages.ts'
import { processMetrics } from './process-metrics.ts'
import { AdminServer, type Pages } from './server.ts'

const PROBLEM: Problem = {
  at: { kind: 'Ingress', namespace: 'shop', name: 'web' },
  severity: 'error',
  reason: 'BadHost',
  message: 'no',
}

const EXPLAINED = {
  explainRoute: () => ({}),
  explainConfig: () => ({ 'timeouts.idle': { value: '75s', origin: { kind: 'Default', namespace: '', name: '' } } }),
}

function pages(overrides: Partial<PagesSpec> = {}): Pages {
  const problems = () => [PROBLEM]
  const supervisor = { listening: 2, deaths: 1, revision: 7 }
  const metrics = new Metrics([processMetrics({ version: '1.2.3', supervisor, problems })])
  return adminPages({
    notReady: () => undefined,
    metrics,
    snapshot: () => new Map(),
    problems,
    endpoints: () => ({ 'shop/web:80': { inFlight: 7, endpoints: [] } }),
    canaries: () => ({ 'shop/checkout': { phase: 'Progressing' } }),
    limits: async () => ({ 'shop/fair/all': [{ key: { client: '192.0.2.1' }, refused: 3, error: 0 }] }),
    ...EXPLAINED,
    ...overrides,
  })
}

/** Serves on a free port for the length of one test. */
async function served(t: { after(run: () => void): void }, shown: Pages, errors: unknown[] = []) {
  const server = new AdminServer(shown, (error) => errors.push(error))
  const port = await server.listen('127.0.0.1', 0)
  t.after(() => server.close())
  return (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method })
}

test('the configuration is shown with the origin of each value', async (t) => {
  const get = await served(t, pages())
  assert.deepEqual(await (await get('/debug/config')).json(), EXPLAINED.explainConfig())
  assert.deepEqual(await (await get('/debug/endpoints')).json(), { 'shop/web:80': { inFlight: 7, endpoints: [] } })
  assert.deepEqual(await (await get('/debug/canaries')).json(), { 'shop/checkout': { phase: 'Progressing' } })
  assert.deepEqual(Object.keys((await (await get('/debug/limits')).json()) as object), ['shop/fair/all'])
})

test('readiness says why it fails, health does not care', async (t) => {
  let reason: string | undefined = 'no worker listens yet'
  const get = await served(t, pages({ notReady: () => reason }))
  const before = await get('/readyz')
  assert.equal(before.status, 503)
  assert.equal(await before.text(), 'not ready: no worker listens yet\n')
  assert.equal((await get('/healthz')).status, 200)
  reason = undefined
  assert.equal((await get('/readyz?verbose')).status, 200)
})

test('metrics have the type and the content that Prometheus wants', async (t) => {
  const get = await served(t, pages())
  const answer = await get('/metrics')
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  const body = await answer.text()
  assert.match(body, /^sluice_build_info\{version="1\.2\.3"\} 1$/m)
  assert.match(body, /^sluice_worker_deaths 1$/m)
  assert.match(body, /^sluice_configuration_problems\{severity="error"\} 1$/m)
})

test('problems and routes are shown as JSON', async (t) => {
  const get = await served(t, pages())
  assert.deepEqual(await (await get('/debug/problems')).json(), [PROBLEM])
  assert.deepEqual(await (await get('/debug/routes')).json(), { hosts: {}, settings: null })
})

test('other paths are 404, also those that every object has', async (t) => {
  const get = await served(t, pages())
  for (const path of ['/', '/metrics/', '/constructor', '/__proto__']) assert.equal((await get(path)).status, 404, path)
})

test('pages can only be read', async (t) => {
  const get = await served(t, pages())
  const answer = await get('/metrics', 'POST')
  assert.equal(answer.status, 405)
  assert.equal(answer.headers.get('allow'), 'GET, HEAD')
  const head = await get('/healthz', 'HEAD')
  assert.equal(head.status, 200)
  assert.equal(head.headers.get('content-length'), '3')
})

test('a page that fails tells the log, not the client', async (t) => {
  const errors: unknown[] = []
  const defect = new Error('secret detail')
  const get = await served(t, { '/x': () => Promise.reject(defect) }, errors)
  const answer = await get('/x')
  assert.equal(answer.status, 500)
  assert.doesNotMatch(await answer.text(), /secret/)
  assert.deepEqual(errors, [defect])
})

test('a port that is taken is named', async (t) => {
  const first = new AdminServer({}, () => {})
  const port = await first.listen('127.0.0.1', 0)
  t.after(() => first.close())
  const second = new AdminServer({}, () => {})
  await assert.rejects(second.listen('127.0.0.1', port), { message: new RegExp(`port ${port} on 127.0.0.1 is taken`) })
})

test('who is slow to ask, or asks at length, is told so and cut off', async (t) => {
  const server = new AdminServer({}, () => {}, { headersTimeout: 50, connectionsCheckingInterval: 10 })
  const port = await server.listen('127.0.0.1', 0)
  t.after(() => server.close())
  for (const [head, answer] of [
    ['GET /healthz HT', /^HTTP\/1\.1 408 /],
    [`GET /healthz HTTP/1.1\r\nX: ${'x'.repeat(10_000)}`, /^HTTP\/1\.1 431 /],
  ] as const) {
    const socket = connect(port, '127.0.0.1')
    socket.write(head)
    assert.match(await text(socket), answer)
  }
})
