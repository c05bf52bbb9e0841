/** ConfigMaps that the operator names are watched, each by its name; all others are read when something refers to them. */
import assert from 'node:assert/strict'
import { test as testWith } from 'node:test'
import type { RawObject } from './double.ts'
import { cluster } from './source-world.ts'

const IN_EDGE = '/api/v1/namespaces/edge/configmaps'

function configMap(value: string): RawObject {
  return { metadata: { name: 'tcp', namespace: 'edge' }, data: { '9000': value } }
}

testWith('what is written into one that is named is there at once', { timeout: 20_000 }, async (t) => {
  const { bell, double, source, store, start } = await cluster(t, { configMaps: ['edge/tcp'] })
  const known = () => store.view().configMap('edge', 'tcp')?.data.get('9000')
  double.put(IN_EDGE, configMap('shop/old:80'))
  await start()
  assert.equal(known(), 'shop/old:80')
  await source.want(new Set(['ConfigMap/edge/tcp']))
  await bell.until(() => double.watching(IN_EDGE) > 0)
  double.put(IN_EDGE, configMap('shop/new:80'))
  await bell.until(() => known() === 'shop/new:80')
  const asked = double.asked.filter(({ path }) => path.startsWith(IN_EDGE))
  assert.ok(asked.length >= 2)
  for (const { path, query } of asked) {
    assert.deepEqual([path, query.get('fieldSelector')], [IN_EDGE, 'metadata.name=tcp'])
  }
  const state = source.states.find(({ resource }) => resource === 'configmaps/tcp')
  assert.deepEqual([state?.namespace, state?.objects, state?.health.condition], ['edge', 1, 'live'])
})

testWith('without the right to watch it, there is a problem that says so, and all else is served', async (t) => {
  const { double, batches, start } = await cluster(t, { configMaps: ['edge/tcp'] })
  double.intercept = ({ path }, response) => {
    if (path !== IN_EDGE) return false
    response.writeHead(403, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ kind: 'Status', message: 'configmaps is forbidden' }))
    return true
  }
  await start()
  const problems = batches.at(-1)!.problems.filter(({ at }) => at.name === 'configmaps')
  assert.deepEqual(
    problems.map(({ reason, at }) => [reason, at.namespace]),
    [['ReadForbidden', 'edge']],
  )
})
