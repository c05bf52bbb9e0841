import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../../lib/clock.ts'
import { LimitStore, type StoreClient } from './limit-store.ts'

const SPEC = { addresses: ['store:6379'], cluster: false, tls: false, timeoutMs: 100, onFailure: 'Share' } as const
const QUESTION = { key: 'k', rate: { requests: 1, perMs: 1_000, burst: 1 }, cost: 1 }

class Fake implements StoreClient {
  asked = 0
  charged = 0
  closed = false
  answer: () => Promise<number> = async () => 0

  take(): Promise<number> {
    this.asked++
    return this.answer()
  }

  async charge(): Promise<void> {
    this.charged++
    await this.answer()
  }

  close(): void {
    this.closed = true
  }
}

async function setUp() {
  const clock = new FakeClock()
  const client = new Fake()
  const store = new LimitStore(
    SPEC,
    async () => client,
    () => clock.now(),
  )
  await Promise.resolve()
  return { clock, client, store }
}

test('what the store says holds', async () => {
  const { client, store } = await setUp()
  assert.equal(await store.take(QUESTION), 0)
  client.answer = async () => 250
  assert.equal(await store.take(QUESTION), 250)
  assert.deepEqual([store.answered, store.failed], [2, 0])
})

test('one that does not answer is left alone for a second, and asked again then', async () => {
  const { clock, client, store } = await setUp()
  client.answer = async () => Promise.reject(new Error('timeout'))
  assert.equal(await store.take(QUESTION), undefined)
  client.answer = async () => 0
  assert.deepEqual([store.take(QUESTION), client.asked], [undefined, 1])
  store.charge(QUESTION)
  assert.equal(client.charged, 0)
  clock.advance(1_000)
  assert.deepEqual([await store.take(QUESTION), client.asked, store.failed], [0, 2, 2])
  store.charge(QUESTION)
  assert.equal(client.charged, 1)
})

test('one that cannot be opened answers nothing, and nothing is thrown', async () => {
  const store = new LimitStore(
    SPEC,
    async () => Promise.reject(new Error('no such package')),
    () => 0,
  )
  await Promise.resolve()
  assert.equal(store.take(QUESTION), undefined)
  store.charge(QUESTION)
  store.close()
})

test('its client is closed with it, also where that is opened later', async () => {
  const { client, store } = await setUp()
  store.close()
  assert.ok(client.closed)
  assert.equal(store.take(QUESTION), undefined)
  const late = new Fake()
  const opened = Promise.withResolvers<StoreClient>()
  const early = new LimitStore(
    SPEC,
    () => opened.promise,
    () => 0,
  )
  early.close()
  opened.resolve(late)
  await opened.promise
  await Promise.resolve()
  assert.ok(late.closed)
})
