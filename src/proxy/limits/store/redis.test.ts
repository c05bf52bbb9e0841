import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { openRedis } from './redis.ts'

const QUESTION = { key: 'k', rate: { requests: 1, perMs: 1_000, burst: 1 }, cost: 1 }

for (const cluster of [false, true]) {
  const what = cluster ? 'a cluster' : 'a store'
  test(`${what} that does not stand yet refuses the question at once, instead of keeping it`, async (t) => {
    const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
    t.after(() => silent.close())
    await once(silent, 'listening')
    const addresses = [`127.0.0.1:${(silent.address() as AddressInfo).port}`]
    const client = await openRedis({ addresses, cluster, tls: false, timeoutMs: 100, onFailure: 'Share' })
    t.after(() => client.close())
    const connected = once(silent, 'connection')
    const refused = (asked: Promise<unknown>) =>
      asked.then(
        () => 'answered',
        () => 'refused',
      )
    const both = Promise.all([refused(client.take(QUESTION)), refused(client.charge(QUESTION))])
    assert.deepEqual(await Promise.race([both, connected]), ['refused', 'refused'])
  })
}
