import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { hashText } from '../../src/lib/hash.ts'
import { gcraMemory, type RateSpec } from '../../src/proxy/shared/gcra-table.ts'

const NOW = 5_000

test('several threads together get exactly what one would, whatever the timing', async () => {
  const spec: RateSpec = { requests: 1, perMs: 3_600_000, burst: 5_000 }
  const names = ['x', 'y', 'z']
  const keys = names.map((name) => ({ hash: hashText(name), mark: hashText(name, 7) }))
  const memory = gcraMemory(64, spec, NOW)
  const code = `
    import { parentPort, workerData } from 'node:worker_threads'
    import { GcraTable } from ${JSON.stringify(new URL('../../src/proxy/shared/gcra-table.ts', import.meta.url).href)}
    const { memory, spec, keys, now } = workerData
    const table = new GcraTable(memory, spec)
    let passed = 0
    for (let i = 0; i < 6000; i++) for (const key of keys) if (table.take(key, now) === 0) passed++
    parentPort.postMessage(passed)`
  const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`)
  const workerData = { memory, spec, keys, now: NOW }
  const threads = Array.from({ length: 4 }, () => new Worker(url, { workerData }))
  const counts = await Promise.all(threads.map(async (thread) => (await once(thread, 'message'))[0] as number))
  assert.equal(
    counts.reduce((sum, each) => sum + each, 0),
    names.length * spec.burst,
  )
})
