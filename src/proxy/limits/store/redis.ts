/**
 * Valkey or Redis as the store: the generic cell rate algorithm as one script, by the store's own clock, so that clocks
 * of replicas do not matter. Questions of one turn leave together.
 */
import type { RedisOptions } from 'ioredis'
import type { LimitStoreSpec } from '../../../model/limit-store.ts'
import type { StoreClient, StoreQuestion } from './limit-store.ts'

/**
 * KEYS[1]: microseconds since the epoch until which the key has used up its rate. ARGV: microseconds for one request,
 * burst, cost, and whether it is taken without room.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local before = tonumber(redis.call('GET', KEYS[1]) or now)
if before < now then before = now end
local after = before + interval * cost
local over = after - (now + interval * burst)
if ARGV[4] == '1' then
  after = math.min(after, now + interval * burst * 2)
elseif over > 0 then
  return math.max(1, math.ceil(over / 1000))
end
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000) + 1)
return 0
`

const PREFIX = 'sluice:limit:'
const MOST_PAUSE_MS = 2_000
const LEAST_CONNECT_MS = 1_000

/** Commands as we define them. */
interface Commands {
  sluiceTake(key: string, interval: number, burst: number, cost: number, force: 0 | 1): Promise<number>
  disconnect(): void
}

export async function openRedis(spec: LimitStoreSpec): Promise<StoreClient> {
  // Imported here, since nearly nobody needs it.
  const { Cluster, Redis } = await import('ioredis')
  const nodes = spec.addresses.map(nodeOf)
  const redisOptions = optionsOf(spec)
  // A question that waits for a connection comes too late.
  const waits = { enableOfflineQueue: false, enableAutoPipelining: true }
  const client = spec.cluster
    ? new Cluster(nodes, { redisOptions, ...waits, clusterRetryStrategy: pause })
    : new Redis({ ...redisOptions, ...nodes[0]!, ...waits, retryStrategy: pause })
  // What fails is told by the question that fails of it.
  client.on('error', () => {})
  client.defineCommand('sluiceTake', { numberOfKeys: 1, lua: TAKE })
  const commands = client as unknown as Commands
  const ask = async ({ key, rate, cost }: StoreQuestion, force: 0 | 1) => {
    // A cluster keeps what it is asked until it knows its nodes, however long that takes.
    if (client.status !== 'ready') throw new Error('the store is not connected')
    return commands.sluiceTake(PREFIX + key, (rate.perMs * 1000) / rate.requests, rate.burst, cost, force)
  }
  return {
    take: (question) => ask(question, 0),
    charge: (question) => ask(question, 1),
    close: () => commands.disconnect(),
  }
}

function optionsOf({ tls, authority, username, password, timeoutMs }: LimitStoreSpec) {
  return {
    commandTimeout: timeoutMs,
    connectTimeout: Math.max(timeoutMs, LEAST_CONNECT_MS),
    maxRetriesPerRequest: 0,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: authority === undefined ? {} : { ca: authority } }),
  } satisfies RedisOptions
}

/** Before the next attempt to connect. */
function pause(times: number): number {
  return Math.min(times * 100, MOST_PAUSE_MS)
}

function nodeOf(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':')
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) }
}
