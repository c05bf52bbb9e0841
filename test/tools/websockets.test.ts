/**
 * A thousand WebSockets through a process of its own: five hundred route edits drop none and leave its memory where it
 * is; a scale-in closes each with 1001, in good order, spread over four fifths of the time that its Pod has. Takes a
 * minute and a half.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { residentBytes } from '../../bench/macro/cpu.ts'
import { ask } from '../cli/backend.ts'
import { Sluice } from '../cli/sluice.ts'
import { WebSocketClient, WebSocketServer } from '../proxy/websocket-peers.ts'

const CLIENTS = 1000
/** More by `EDITS=5000 npm run test:tools`, to see where memory goes in the long run. */
const EDITS = Number(process.env.EDITS ?? 500)
/** Of the edits, those after which the heap has its size; from then on only the collector's rhythm shows. */
const WARM_UP = 100
const GROWTH_LIMIT_BYTES = 32 << 20
/** What Kubernetes gives a Pod that asks for nothing: the slices here name none. Streams end within four fifths of it. */
const GRACE_MS = 30_000
const SPREAD_MS = 24_000
const BUCKETS = 8
const POLL_MS = 5
const PATIENCE_MS = 30_000

const PODS = Array.from({ length: 9 }, (_, n) => `127.0.0.${n + 1}`)
const NEWCOMER = '127.0.0.10'
const LEAVING = { ready: false, serving: true, terminating: true }

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
    if (await holds()) return
    await pause(POLL_MS)
  }
  throw new Error(`still waiting: ${what}`)
}

/** A folder whose file is replaced as a whole. */
class Manifests {
  readonly folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  readonly #port: number

  constructor(port: number) {
    this.#port = port
  }

  /** @param edit number of the route edit; a host of that number is served beside. */
  write(edit: number, endpoints: readonly object[]): void {
    const metadata = { name: 'app', namespace: 'app' }
    const backend = { service: { name: 'app', port: { number: 80 } } }
    const rule = (host: string, path: string) => ({ host, http: { paths: [{ path, pathType: 'Prefix', backend }] } })
    const items = [
      { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 80 }] } },
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'app' } },
        addressType: 'IPv4',
        ports: [{ port: this.#port }],
        endpoints,
      },
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { ...metadata, annotations: { 'sluice.dev/request-timeout': `${60 + edit}s` } },
        spec: { rules: [rule('app.test', '/'), rule(`r${edit}.test`, `/${edit % 9}`)] },
      },
    ]
    const next = join(this.folder, '.next')
    writeFileSync(next, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    renameSync(next, join(this.folder, 'app.json'))
  }
}

const serving = (addresses: readonly string[], conditions: object = { ready: true }) =>
  addresses.map((address) => ({ addresses: [address], conditions }))

async function start(t: TestContext) {
  const server = await new WebSocketServer().listen()
  const manifests = new Manifests(server.port)
  manifests.write(0, serving(PODS))
  const sluice = await Sluice.serving(['--manifests', manifests.folder, '--access-log', 'off', '--workers', '2'])
  const clients = Array.from({ length: CLIENTS }, () => new WebSocketClient(sluice.http))
  t.after(async () => {
    for (const client of clients) client.destroy()
    await sluice.stop()
    server.close()
    rmSync(manifests.folder, { recursive: true })
  })
  await until('all WebSockets', () => clients.every(({ open }) => open))
  return { server, manifests, sluice, clients }
}

const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`

test(`${CLIENTS} WebSockets, ${EDITS} route edits: none is dropped, memory is flat`, async (t) => {
  const { server, manifests, sluice, clients } = await start(t)
  const { http, child } = sluice
  let echoes = 0
  /** Resident memory as it went. */
  const resident: number[] = []
  for (let edit = 1; edit <= EDITS; edit++) {
    manifests.write(edit, serving(PODS))
    const path = `/${edit % 9}`
    await until(`edit ${edit}`, async () => (await ask({ port: http, host: `r${edit}.test`, path })).status === 200)
    if (edit % 25 !== 0) continue
    for (const client of clients) client.send(`edit ${edit}`)
    echoes++
    await until('all answers', () => clients.every((client) => client.echoes === echoes))
    if (edit % WARM_UP === 0) resident.push(residentBytes(child.pid!))
  }
  t.diagnostic(`after each ${WARM_UP} edits: ${resident.map(mib).join(', ')}`)
  assert.deepEqual([clients.filter(({ ended }) => ended).length, server.codes.length], [0, 0])
  const growth = resident.at(-1)! - resident[0]!
  assert.ok(growth <= GROWTH_LIMIT_BYTES, `${mib(growth)} more`)
})

test(`${CLIENTS} WebSockets, a scale-in: closes with 1001, spread, none cut`, async (t) => {
  const { server, manifests, sluice, clients } = await start(t)
  const times: number[] = []
  const begun = performance.now()
  for (const client of clients) client.onEnd = () => times.push(performance.now() - begun)
  manifests.write(0, [...serving(PODS, LEAVING), ...serving([NEWCOMER])])
  const traffic = setInterval(() => {
    for (const client of clients) if (client.code === 0) client.send('still there')
  }, 500)
  t.after(() => clearInterval(traffic))
  await until('all ends', () => times.length === CLIENTS)
  const last = Math.max(...times)
  const buckets = Array.from({ length: BUCKETS }, () => 0)
  for (const time of times) {
    const bucket = Math.min(BUCKETS - 1, Math.floor((time / SPREAD_MS) * BUCKETS))
    buckets[bucket] = buckets[bucket]! + 1
  }
  t.diagnostic(
    `closed in eighths of ${SPREAD_MS / 1000} s: ${buckets.join(', ')}; the last after ${last.toFixed(0)} ms`,
  )
  assert.equal(clients.filter(({ code, error }) => code === 1001 && error === '').length, CLIENTS)
  assert.deepEqual(server.codes, Array(CLIENTS).fill(1001))
  // Chance alone strays from the mean by less than half of it, for as many as these.
  for (const n of buckets) assert.ok(n > (CLIENTS / BUCKETS) * 0.5 && n < (CLIENTS / BUCKETS) * 1.5, buckets.join(', '))
  assert.ok(last < GRACE_MS, `${last} ms`)
  const newcomer = new WebSocketClient(sluice.http)
  t.after(() => newcomer.destroy())
  await until('one more', () => newcomer.open)
  assert.equal(server.accepted.get(NEWCOMER), 1)
})
