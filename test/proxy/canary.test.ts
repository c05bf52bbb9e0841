/** Which requests go to a variant: by what they send, by the share of their client, and never to where nobody is. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { CanarySpec } from '../../src/model/canary.ts'
import type { ClusterName } from '../../src/model/cluster.ts'
import { answering, Backend, eventually, get, NOBODY, ok, TestProxy } from './harness.ts'

const NAME = 'shop/checkout'
const VARIANT = 'shop/next:80' as ClusterName
const USE = { canary: NAME, variants: [{ name: 'canary', cluster: VARIANT }] }
const COOKIE = { name: 'visitor', maxAgeS: 60 }
const SPEC: CanarySpec = { matches: [], key: 'client', variants: [{ name: 'canary', weight: 0 }] }

async function setUp(t: TestContext, spec: Partial<CanarySpec>, retries = 1) {
  const [primary, variant] = [await new Backend().listen(t), await new Backend().listen(t)]
  answering(primary, variant)
  const proxy = new TestProxy(t).route({ canary: USE, retries }).canary(NAME, { ...SPEC, ...spec })
  proxy.endpoints([primary]).endpoints([variant], VARIANT)
  await proxy.apply().listen()
  const client = await proxy.connect()
  /** Who answered. */
  const ask = async (path: string, ...lines: readonly string[]) => {
    client.send(get(path, ...lines))
    const { status, body, fields } = await client.message()
    const cookie = fields.get('set-cookie')
    return { status, cookie, by: body === variant.id ? 'canary' : body === primary.id ? 'primary' : body }
  }
  return { proxy, primary, variant, ask }
}

test('what a request sends decides, the first match that fits, before any weight', async (t) => {
  const { ask, proxy } = await setUp(t, {
    matches: [
      { variant: 'primary', headers: [{ name: 'X-Canary', value: 'never' }] },
      { variant: 'canary', headers: [{ name: 'X-Canary', pattern: 'v2\\..+' }] },
      { variant: 'canary', cookies: [{ name: 'beta' }], query: [{ name: 'try', value: 'it' }] },
      { variant: 'canary', clients: ['10.0.0.0/8'] },
    ],
  })
  const cases: readonly (readonly [by: string, path: string, ...lines: string[]])[] = [
    ['primary', '/'],
    ['canary', '/', 'X-Canary: v2.7'],
    ['primary', '/', 'X-Canary: v2.'],
    ['canary', '/', 'X-Canary: other', 'X-Canary: v2.7'],
    ['primary', '/', 'Cookie: beta=1'],
    ['canary', '/?a&try=it', 'Cookie: a=b; beta='],
    ['primary', '/?try=it', 'X-Canary: never', 'Cookie: beta=1'],
  ]
  for (const [by, path, ...lines] of cases) assert.equal((await ask(path, ...lines)).by, by, `${path} ${lines.join()}`)
  proxy.canary(NAME, { ...SPEC, variants: [{ name: 'canary', weight: 100 }], matches: [] }).apply()
  assert.equal((await ask('/')).by, 'canary')
})

test('a browser is given a cookie once, stays where it is, and only moves towards the variant that grows', async (t) => {
  const spec = (weight: number): CanarySpec => ({
    ...SPEC,
    key: 'session',
    cookie: COOKIE,
    variants: [{ name: 'canary', weight }],
  })
  const { ask, proxy } = await setUp(t, spec(30))
  const homes = new Map<string, string>()
  for (let n = 0; n < 60; n++) {
    const { by, cookie = '' } = await ask('/')
    const [, session] = /^visitor=([\w-]{16}); Path=\/; Max-Age=60; HttpOnly; SameSite=Lax$/.exec(cookie) ?? []
    assert.ok(session !== undefined, cookie)
    homes.set(session, by)
  }
  const share = [...homes.values()].filter((by) => by === 'canary').length
  assert.ok(share > 5 && share < 35, `${share} of 60`)
  const again = async () => {
    const seen = new Map<string, string>()
    for (const session of homes.keys()) {
      const { by, cookie } = await ask('/', `Cookie: visitor=${session}`)
      assert.equal(cookie, undefined)
      seen.set(session, by)
    }
    return seen
  }
  assert.deepEqual(await again(), homes)
  proxy.canary(NAME, spec(60)).apply()
  for (const [session, by] of await again()) if (homes.get(session) === 'canary') assert.equal(by, 'canary')
})

test('at 0 and at 100 percent nobody is given a cookie', async (t) => {
  for (const weight of [0, 100]) {
    const { ask } = await setUp(t, { key: 'session', cookie: COOKIE, variants: [{ name: 'canary', weight }] })
    const { by, cookie } = await ask('/')
    assert.deepEqual([by, cookie], [weight === 0 ? 'primary' : 'canary', undefined])
  }
})

test('a header field keeps its clients together; those without it go by their address', async (t) => {
  const { ask } = await setUp(t, { key: 'header:X-User', variants: [{ name: 'canary', weight: 50 }] })
  const seen = new Set<string>()
  for (let n = 0; n < 20; n++) {
    const first = await ask('/', `X-User: u${n}`)
    assert.equal((await ask('/', `X-User: u${n}`)).by, first.by)
    seen.add(first.by)
  }
  assert.deepEqual([...seen].sort(), ['canary', 'primary'])
  assert.equal(new Set([(await ask('/')).by, (await ask('/')).by, (await ask('/')).by]).size, 1)
})

test('where a variant has no endpoints the primary serves, and is what is counted', async (t) => {
  const { ask, proxy } = await setUp(t, { variants: [{ name: 'canary', weight: 100 }] })
  proxy.endpoints([], VARIANT).apply()
  assert.equal((await ask('/')).by, 'primary')
  assert.equal(proxy.finished.at(-1)?.route?.labels.variant, 'primary')
})

test('all attempts of a request are of one variant: what fails there fails', async (t) => {
  const { ask, proxy } = await setUp(t, { variants: [{ name: 'canary', weight: 100 }] }, 3)
  proxy.endpoints([NOBODY], VARIANT).apply()
  const answer = ask('/')
  for (const retries of [1, 2, 3]) {
    await eventually('a pause', () => proxy.sample('sluice_upstream_retries') === retries)
    proxy.clock.advance(250)
  }
  assert.equal((await answer).status, 502)
  assert.equal(proxy.log.at(-1)?.attempts, 4)
})

test('metrics and log say which variant it was, and which Service', async (t) => {
  const { ask, proxy } = await setUp(t, { variants: [{ name: 'canary', weight: 100 }] })
  await ask('/')
  assert.deepEqual(
    [proxy.finished[0]?.route?.labels.variant, proxy.finished[0]?.route?.labels.service],
    ['canary', 'next'],
  )
  assert.equal(proxy.sample('sluice_requests', 'next', '200'), 1)
})

test('when the canary goes its series go, and the primary has everything', async (t) => {
  const { ask, proxy } = await setUp(t, { variants: [{ name: 'canary', weight: 100 }] })
  await ask('/')
  proxy.route().apply()
  assert.equal((await ask('/')).by, 'primary')
  assert.equal(proxy.sample('sluice_requests', 'next'), undefined)
})

test('sessions inside of a variant are kept beside: an answer may set both cookies', async (t) => {
  const { proxy, primary } = await setUp(t, {
    key: 'session',
    cookie: COOKIE,
    variants: [{ name: 'canary', weight: 1 }],
  })
  const sticky = { mode: 'persistent', cookie: 'home', path: '/', sameSite: 'Lax', key: 'k' } as const
  proxy.cluster({ sticky }).cluster({ sticky }, VARIANT).apply()
  primary.answer = () => ok('x')
  const client = await proxy.connect()
  client.send(get('/'))
  const { fields } = await client.message()
  assert.match(fields.get('set-cookie') ?? '', /^home=.*, visitor=|^visitor=.*, home=/)
})
