import assert from 'node:assert/strict'
import { test } from 'node:test'
import { probePort } from '../proxy/supervisor/port.ts'
import { SampleBackends } from './sample-backends.ts'

test('a sample backend tells its name and what it got', async (t) => {
  const port = await probePort('127.0.0.1', 0)
  const backends = await SampleBackends.start([{ name: 'web-1', port }])
  t.after(() => backends.close())
  const url = `http://127.0.0.1:${port}/a?b=1`
  const answer = await fetch(url, { method: 'POST', body: 'four', headers: { 'x-test': 'yes' } })
  const seen = (await answer.json()) as Record<string, unknown>
  assert.deepEqual([seen.backend, seen.method, seen.path, seen.bodyBytes], ['web-1', 'POST', '/a?b=1', 4])
  assert.equal((seen.headers as Record<string, string>)['x-test'], 'yes')
})

test('a taken port is named with its backend, and no backend is left behind', async (t) => {
  const [free, taken] = [await probePort('127.0.0.1', 0), await probePort('127.0.0.1', 0)]
  const other = await SampleBackends.start([{ name: 'other', port: taken }])
  t.after(() => other.close())
  const specs = [
    { name: 'web-1', port: free },
    { name: 'web-2', port: taken },
  ]
  await assert.rejects(SampleBackends.start(specs), {
    message: `sample backend web-2: port ${taken} on 127.0.0.1 is taken: another program listens there`,
  })
  assert.equal(await probePort('127.0.0.1', free), free)
})
