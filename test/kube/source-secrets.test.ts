/** Objects that are read only when somebody asks for them: Secrets and ConfigMaps. */
import assert from 'node:assert/strict'
import { type TestContext, test as testWith } from 'node:test'
import { refuse } from './double.ts'
import { cluster, IN_SHOP, secret, TOGETHER_MS } from './source-world.ts'

const test = (name: string, run: (t: TestContext) => Promise<void>) => testWith(name, { timeout: 20_000 }, run)

test('a Secret is read when it is asked for, again every 30 s, and forgotten when nobody asks any more', async (t) => {
  const { bell, clock, double, source, store, start } = await cluster(t)
  const found = () => store.view().secret('shop', 'tls')?.data.get('tls.crt')
  double.put(IN_SHOP, secret('old'))
  await start()
  assert.equal(found(), undefined)
  await source.want(new Set(['Secret/shop/tls', 'Service/shop/web', 'Secret/shop/missing']))
  assert.equal(found(), 'old')
  double.put(IN_SHOP, secret('new'))
  clock.advance(30_000)
  await bell.until(() => found() === 'new')
  double.remove(IN_SHOP, secret(''))
  clock.advance(30_000)
  await bell.until(() => found() === undefined)
  double.put(IN_SHOP, secret('again'))
  clock.advance(30_000)
  await bell.until(() => found() === 'again')
  await source.want(new Set())
  assert.equal(found(), undefined)
  assert.ok(
    double.asked.every(({ path }) => !path.endsWith('/secrets')),
    'Secrets were listed',
  )
})

test('a ConfigMap is read when it is asked for, and none is listed', async (t) => {
  const { double, source, store, start } = await cluster(t)
  const metadata = { name: 'authorities', namespace: 'shop', resourceVersion: '1' }
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': 'pem' } }
  double.put('/api/v1/namespaces/shop/configmaps', object)
  await start()
  const asked = new Set(['ConfigMap/shop/authorities', 'ConfigMap/shop/missing'] as const)
  assert.equal(source.hasRead(asked), false)
  await source.want(asked)
  assert.equal(source.hasRead(asked), true)
  assert.equal(store.view().configMap('shop', 'authorities')?.data.get('ca.crt'), 'pem')
  assert.ok(double.asked.every(({ path }) => !path.endsWith('/configmaps')))
})

test('a Secret that may not be read keeps its last state, loudly', async (t) => {
  const { bell, clock, double, source, store, batches, start } = await cluster(t)
  double.put(IN_SHOP, secret('old'))
  await start()
  await source.want(new Set(['Secret/shop/tls']))
  double.fail('other', (response) => refuse(response, 403, 'Forbidden'))
  const reread = async () => {
    clock.advance(30_000)
    await clock.set(TOGETHER_MS)
    clock.advance(TOGETHER_MS)
  }
  await reread()
  await bell.until(() => batches.at(-1)!.problems.some(({ reason }) => reason === 'ReadFailed'))
  assert.equal(store.view().secret('shop', 'tls')!.data.get('tls.crt'), 'old')
  await reread()
  await bell.until(() => batches.at(-1)!.problems.length === 0)
})

test('a Secret that the server cannot give is not waited for by the others', async (t) => {
  const { clock, double, source, store, batches, start } = await cluster(t)
  double.put(IN_SHOP, secret('good'))
  await start()
  double.intercept = ({ path }, response) => {
    if (!path.endsWith('/broken')) return false
    refuse(response, 500, 'InternalError')
    return true
  }
  let isThere = false
  const wanted = source.want(new Set(['Secret/shop/tls', 'Secret/shop/broken'])).then(() => {
    isThere = true
  })
  while (!isThere) {
    clock.advance(100)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await wanted
  assert.equal(store.view().secret('shop', 'tls')!.data.get('tls.crt'), 'good')
  assert.deepEqual(
    batches.at(-1)!.problems.map(({ at, reason, message }) => [at.name, reason, message]),
    [['broken', 'ReadFailed', 'refused with 500; what was read before stays in use']],
  )
})

test('an API server that is gone is asked for few Secrets of many, said once, and read from when it is back', async (t) => {
  const { clock, double, source, store, batches, start } = await cluster(t)
  const names = Array.from({ length: 100 }, (_, i) => `tls-${i}`)
  const put = (value: string) => {
    for (const name of names) double.put(IN_SHOP, { ...secret(value), metadata: { name, namespace: 'shop' } })
  }
  const have = (value: string) =>
    names.filter((name) => store.view().secret('shop', name)?.data.get('tls.crt') === value).length
  put('old')
  await start()
  await source.want(new Set(names.map((name) => `Secret/shop/${name}` as const)))
  let isGone = true
  double.intercept = ({ path }, response) => {
    if (isGone && path.startsWith(IN_SHOP)) response.destroy()
    return isGone && path.startsWith(IN_SHOP)
  }
  put('new')
  const before = double.count('other')
  const tries = () => double.count('other') - before
  clock.advance(30_000)
  const said = () => batches.at(-1)!.problems.map(({ at, reason }) => `${reason} ${at.name}`)
  while (said().length === 0) {
    clock.advance(100)
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.deepEqual([said(), have('old')], [['ApiServerUnavailable secrets'], 100])
  assert.ok(tries() <= 5 * 8, `${tries()} requests`)
  isGone = false
  while (have('new') < 100 || said().length > 0) {
    clock.advance(100)
    await new Promise((resolve) => setImmediate(resolve))
  }
})

test('where Secrets may be watched, a rotation is there at once', async (t) => {
  const { bell, double, source, store, start } = await cluster(t, { secretNamespaces: ['shop'] })
  double.put(IN_SHOP, secret('old'))
  await start()
  await source.want(new Set(['Secret/shop/tls']))
  await bell.until(() => double.watching(IN_SHOP) > 0)
  double.put(IN_SHOP, secret('new'))
  await bell.until(() => store.view().secret('shop', 'tls')?.data.get('tls.crt') === 'new')
  assert.ok(
    double.asked.every(({ path }) => !path.endsWith('/tls')),
    'it was read by name',
  )
})
