/** The process of `load.ts`: told what to do by a message, tells what came of it by another. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type Order } from './client.ts'
import type { Failure, LoadResult, LoadSpec } from './load.ts'
import { Mix } from './mix.ts'

const MOST_FAILURES = 1_000

const failures: Failure[] = []
const latencies: number[] = []
const byPod: Record<string, number> = {}
let requests = 0
let refused = 0
/** It ends once there were so many. */
let enough = Number.POSITIVE_INFINITY

function clientOf({ url, refusal }: LoadSpec, next: () => Order): Client {
  const { hostname, port } = new URL(url)
  return new Client({
    host: hostname,
    port: Number(port || 80),
    next,
    onAnswer: (body, milliseconds) => {
      requests++
      latencies.push(milliseconds)
      const { pod } = JSON.parse(body) as { pod: string }
      byPod[pod] = (byPod[pod] ?? 0) + 1
    },
    refusal,
    onRefusal: () => {
      requests++
      refused++
    },
    onFailure: (failure) => {
      requests++
      if (failures.length < MOST_FAILURES) failures.push(failure)
    },
  })
}

/** Asks at a steady pace until it is told to stop. */
async function keepAsking(client: Client, index: number, { connections, requestsPerSecond }: LoadSpec): Promise<void> {
  const everyMs = (connections / requestsPerSecond) * 1_000
  // Spread evenly, so that they do not all ask at once.
  let due = performance.now() + (index / connections) * everyMs
  while (requests < enough) {
    await sleep(Math.max(0, due - performance.now()))
    due = Math.max(due + everyMs, performance.now())
    if (requests < enough) await client.ask()
  }
  client.close()
}

async function run(spec: LoadSpec): Promise<void> {
  const { hostHeader, path = '/', connections } = spec
  const plain = { name: `GET ${path}`, text: `GET ${path} HTTP/1.1\r\nHost: ${hostHeader}\r\n\r\n` }
  const mix = spec.mix && new Mix(spec.mix, hostHeader)
  const clients = Array.from({ length: connections }, (_, i) =>
    clientOf(spec, mix === undefined ? () => plain : mix.client(i / connections)),
  )
  // Not all at once: a backlog that overflows would be this program's fault.
  for (const client of clients) await client.ask()
  process.send?.('started')
  await Promise.all(clients.map((client, i) => keepAsking(client, i, spec)))
  const sorted = latencies.sort((a, b) => a - b)
  const p99Ms = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN
  const result: LoadResult = { requests, posts: mix?.posts ?? 0, refused, failures, p99Ms, byPod }
  process.send?.(result, () => process.exit())
}

process.once('message', (spec: LoadSpec) => {
  process.once('message', (atLeast: number) => {
    enough = atLeast
  })
  void run(spec)
})
process.on('disconnect', () => process.exit())
