/** Asking a rate limit, with few and with many keys: `node bench/micro/gcra.ts`. */
import { hashText } from '../../src/lib/hash.ts'
import { GcraTable, gcraMemory } from '../../src/proxy/shared/gcra-table.ts'
import { report } from './measure.ts'

const SPEC = { requests: 1000, perMs: 1000, burst: 100 }

for (const count of [1, 1000, 100_000, 1_000_000]) {
  const keys = Array.from({ length: Math.min(count, 100_000) }, (_, i) => ({
    hash: hashText(`client-${i}`),
    mark: hashText(`client-${i}`, 7),
  }))
  const table = new GcraTable(gcraMemory(65_536, SPEC, 0), SPEC)
  const spread = Math.ceil(count / keys.length)
  let now = 0
  report(`take, ${count} keys`, (n) => {
    now += 0.001
    const key = keys[n % keys.length]!
    if (spread === 1) return table.take(key, now)
    return table.take({ hash: key.hash ^ (n % spread), mark: key.mark + n }, now)
  })
}
