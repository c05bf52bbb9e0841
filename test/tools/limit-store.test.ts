/** Limits of the whole cluster, counted by a real Redis. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LimitStoreSpec } from '../../src/model/limit-store.ts'
import type { StoreClient } from '../../src/proxy/limits/store/limit-store.ts'
import { openRedis } from '../../src/proxy/limits/store/redis.ts'
import { ask, serveBy } from '../cli/backend.ts'
import { fairPolicy } from '../cli/fair-policy.ts'
import { Sluice } from '../cli/sluice.ts'
import { TestAuthority } from '../proxy/pki.ts'
import { RedisServer } from './redis.ts'

const BURST = 40
const RATE = { requests: 1, perMs: 3_600_000, burst: BURST }
const QUESTION = { key: 'n/p/a:x', rate: RATE, cost: 1 }

async function serverOf(t: TestContext, ...args: string[]): Promise<RedisServer> {
  const server = await RedisServer.start(...args)
  t.after(() => server.close())
  return server
}

async function open(t: TestContext, { port }: RedisServer, more: Partial<LimitStoreSpec> = {}): Promise<StoreClient> {
  const base = { addresses: [`127.0.0.1:${port}`], cluster: false, tls: false, timeoutMs: 2_000 }
  const client = await openRedis({ ...base, onFailure: 'Share', ...more })
  t.after(() => client.close())
  return client
}

/** The first answer: until the connection stands, questions are refused at once. */
async function answered(client: StoreClient, question = QUESTION): Promise<number> {
  for (let tries = 0; tries < 400; tries++) {
    try {
      return await client.take(question)
    } catch {
      await sleep(25)
    }
  }
  throw new Error('the store never answered')
}

/** It would be answered after a few of these tries, if it were let in. */
async function isRefused(client: StoreClient): Promise<void> {
  for (let tries = 0; tries < 12; tries++) {
    await assert.rejects(client.take(QUESTION))
    await sleep(25)
  }
}

test('three replicas at once: exactly the burst passes, and the wait is said', async (t) => {
  const server = await serverOf(t)
  const clients = await Promise.all([1, 2, 3].map(() => open(t, server)))
  await Promise.all(clients.map((client) => answered(client, { ...QUESTION, key: 'warm' })))
  const waits = await Promise.all(clients.flatMap((c) => Array.from({ length: BURST }, () => c.take(QUESTION))))
  const refused = waits.filter((wait) => wait > 0)
  assert.equal(waits.length - refused.length, BURST)
  assert.ok(refused.every((wait) => wait > 3_500_000 && wait <= 3_600_000))
  assert.equal(await clients[0]!.take({ ...QUESTION, key: 'n/p/a:y' }), 0)
})

test('what an answer cost is taken without room, and is a debt', async (t) => {
  const client = await open(t, await serverOf(t))
  assert.equal(await answered(client), 0)
  await client.charge({ ...QUESTION, cost: 1000 * BURST })
  const wait = await client.take(QUESTION)
  assert.ok(wait > BURST * 3_600_000 && wait <= (BURST + 1) * 3_600_000, `${wait}`)
})

test('a password is given, and without it nothing is answered', async (t) => {
  const server = await serverOf(t, '--requirepass', 'secret')
  assert.equal(await answered(await open(t, server, { password: 'secret' })), 0)
  await isRefused(await open(t, server))
})

test('a user is named by the rules that the store has for it', async (t) => {
  const server = await serverOf(
    t,
    ...['--user', 'sluice', 'on', '>secret', '~sluice:limit:*', '+@all'],
    ...['--user', 'default', 'off'],
  )
  const named = { username: 'sluice', password: 'secret' }
  assert.equal(await answered(await open(t, server, named)), 0)
  await isRefused(await open(t, server, { ...named, username: 'other' }))
})

test('TLS is spoken and verified: by its name, and by the authority that is given', async (t) => {
  const [authority, stranger] = [new TestAuthority('ours'), new TestAuthority('stranger')]
  const certificate = authority.issue({ commonName: 'store', dns: ['localhost'], usage: 'server' })
  const server = await RedisServer.startEncrypted(certificate)
  t.after(() => server.close())
  const addresses = [`localhost:${server.port}`]
  assert.equal(await answered(await open(t, server, { addresses, tls: true, authority: authority.chain })), 0)
  for (const wrong of [
    { addresses, tls: true, authority: stranger.chain },
    { addresses, tls: true },
    { addresses, tls: false },
    // A certificate for localhost says nothing of this one.
    { addresses: [`127.0.0.1:${server.port}`], tls: true, authority: authority.chain },
  ]) {
    await isRefused(await open(t, server, { ...wrong, timeoutMs: 200 }))
  }
})

test('a cluster of it is asked at the node that has the key', async (t) => {
  const server = await serverOf(t, '--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1')
  const { Redis } = await import('ioredis')
  const admin = new Redis(server.port, '127.0.0.1')
  admin.on('error', () => {})
  await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
  const client = await open(t, server, { cluster: true })
  assert.equal(await answered(client), 0)
  const waits = await Promise.all(Array.from({ length: BURST }, (_, i) => client.take({ ...QUESTION, key: `k${i}` })))
  assert.deepEqual(new Set(waits), new Set([0]))
  assert.equal(await admin.dbsize(), 1 + BURST)
  admin.disconnect()
})

test('a store that hangs costs its timeout, and no more', async (t) => {
  const server = await serverOf(t)
  const client = await open(t, server, { timeoutMs: 50 })
  await answered(client)
  server.freeze()
  await assert.rejects(client.take(QUESTION), /timed out/i)
})

const POLICY = fairPolicy(`key: ["header:X-Key"], requests: 1, per: hour, burst: ${BURST}, scope: Cluster`)

async function passed(replicas: readonly { readonly http: number }[], key: string): Promise<number> {
  const headers = { 'x-key': key }
  const all = replicas.flatMap(({ http: port }) => Array.from({ length: BURST }, () => ask({ port, headers })))
  const answers = await Promise.all(all)
  assert.ok(answers.every(({ status }) => status === 200 || status === 429))
  return answers.filter(({ status }) => status === 200).length
}

/** Resolves once the store answers questions of this replica; the limit of another key is of no interest. */
async function isAsked({ http: port, admin }: { readonly http: number; readonly admin: number }): Promise<void> {
  const answered = async () => {
    const text = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text()
    const line = text.split('\n').find((each) => /^sluice_limit_store_questions.*answered/.test(each))
    return Number(line?.split(' ')[1] ?? 0)
  }
  const before = await answered()
  for (let tries = 0; tries < 400; tries++) {
    await ask({ port, headers: { 'x-key': 'warm' } })
    if ((await answered()) > before) return
    await sleep(25)
  }
  throw new Error('the store is not asked')
}

test('replicas of Sluice hold one limit exactly; each goes on by itself without the store, and with it again', async (t) => {
  const server = await serverOf(t)
  const served = await serveBy((_, response) => response.end('hello'))
  t.after(served.close)
  writeFileSync(join(served.manifests, 'policy.yaml'), POLICY)
  const store = ['--limit-store', `127.0.0.1:${server.port}`, '--limit-store-timeout', '2s']
  const start = () => Sluice.serving(['--manifests', served.manifests, '--access-log', 'off', ...store])
  const replicas = await Promise.all([start(), start(), start()])
  t.after(() => Promise.all(replicas.map((each) => each.stop())))
  for (const replica of replicas) await isAsked(replica)
  assert.equal(await passed(replicas, 'before'), BURST)
  await server.kill()
  assert.equal(await passed(replicas, 'without'), replicas.length * BURST)
  await server.begin()
  for (const replica of replicas) await isAsked(replica)
  assert.equal(await passed(replicas, 'again'), BURST)
})
