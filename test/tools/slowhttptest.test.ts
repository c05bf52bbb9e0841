/**
 * A thousand slow clients of three kinds against Sluice on its defaults: whoever behaves notices nothing, and memory
 * stays where it is. Takes a minute and a half.
 */
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Child, freePort } from '../../bench/macro/child.ts'
import { residentBytes } from '../../bench/macro/cpu.ts'
import { debianMissing } from '../../bench/macro/installed.ts'
import { sluice } from '../../bench/macro/peers/sluice.ts'
import { attack } from './attack.ts'
import { type Experience, goodClient } from './good-client.ts'

const CONNECTIONS = 1000
const QUICK = ['-r', '400', '-i', '3', '-l', '22', '-p', '5']
/** Enough requests that the heap has taken the size that traffic gives it. */
const WARM_UP = { clients: 32, ms: 8_000 }
const CALM_MS = 4_000
const SAMPLE_MS = 250
const PAUSE_MS = 10
/** Well-behaved requests share two cores with the attack. */
const P99_LIMIT_MS = 2_000
/** For each attacking connection: one read buffer of 64 KiB may wait for its reader, the rest is bookkeeping. */
const GROWTH_LIMIT_BYTES = CONNECTIONS * 80 * 1024
/** Once all attackers are in, memory stays where it is; the collector has its own rhythm. */
const CREEP_LIMIT_BYTES = 16 << 20
/** So much that neither side's socket buffers hold it, and reading from the backend has to stop. */
const LARGE = Buffer.alloc(16 << 20, 'x')

const ATTACKS = [
  { name: 'slow headers', path: '/', args: ['-H', '-x', '24', ...QUICK] },
  { name: 'slow bodies', path: '/sink', args: ['-B', '-s', '8192', '-x', '10', ...QUICK] },
  { name: 'slow reading', path: '/large', args: ['-X', '-n', '2', '-z', '32', '-w', '10', '-y', '512', ...QUICK] },
] as const

async function startBackend(): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === '/large') response.end(LARGE)
    else request.resume().once('end', () => response.end('taken'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

async function startSluice(dir: string, backendPort: number): Promise<{ child: Child; port: number }> {
  const [port, adminPort] = [await freePort(), await freePort()]
  const setup = { dir, port, tls: undefined, adminPort, backendPort, workers: 1, hosts: ['*'] }
  const command = sluice.prepare({ ...setup, machinery: undefined, accessLog: undefined, profileDir: undefined })
  const child = new Child({ command, dir, core: undefined })
  await child.ready(port, 'good.test')
  return { child, port }
}

const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`

/** Resident sets in order of time until told to stop. */
async function memory(pid: number, stop: AbortSignal): Promise<number[]> {
  const samples: number[] = []
  while (!stop.aborted) {
    samples.push(residentBytes(pid))
    await pause(SAMPLE_MS)
  }
  return samples
}

async function warmUp(port: number): Promise<void> {
  const stop = AbortSignal.timeout(WARM_UP.ms)
  await Promise.all(Array.from({ length: WARM_UP.clients }, () => goodClient(port, stop, 0)))
}

/** Runs the client and the watch on memory for as long as `meanwhile` takes. */
async function watched<T>(port: number, pid: number, meanwhile: Promise<T>): Promise<[Experience, number[], T]> {
  const stop = new AbortController()
  const ended = meanwhile.finally(() => stop.abort())
  return Promise.all([goodClient(port, stop.signal, PAUSE_MS), memory(pid, stop.signal), ended])
}

for (const { name, path, args } of ATTACKS) {
  test(`${name}: good clients are served and memory stays flat`, { timeout: 120_000 }, async (t) => {
    assert.equal(process.platform, 'linux', 'memory is read from /proc: this test needs Linux')
    assert.equal(debianMissing('slowhttptest'), undefined)
    const dir = mkdtempSync(join(tmpdir(), 'sluice-slow-'))
    chmodSync(dir, 0o755)
    const backend = await startBackend()
    const { child, port } = await startSluice(dir, (backend.address() as AddressInfo).port)
    t.after(async () => {
      await child.stop()
      backend.closeAllConnections()
      backend.close()
      rmSync(dir, { recursive: true, force: true })
    })
    await warmUp(port)
    const [calm, quiet] = await watched(port, child.pid, pause(CALM_MS))
    const url = `http://127.0.0.1:${port}${path}`
    const [good, samples, result] = await watched(port, child.pid, attack(url, CONNECTIONS, args))
    const half = samples.length >> 1
    const growth = Math.max(...samples) - Math.max(...quiet)
    const creep = Math.max(...samples.slice(half)) - Math.max(...samples.slice(0, half))
    t.diagnostic(
      `p99 ${calm.p99Ms.toFixed(1)} ms before, ${good.p99Ms.toFixed(1)} ms under attack, ${good.requests} requests`,
    )
    t.diagnostic(`memory ${mib(Math.max(...quiet))} before, grown by ${mib(growth)}, ${mib(creep)} in the second half`)
    assert.ok(result.reached >= CONNECTIONS * 0.95, `the attack had ${result.reached} connections:\n${result.output}`)
    assert.equal(result.unavailable, 0, `slowhttptest found the service unavailable:\n${result.output}`)
    assert.deepEqual(good.failures, [])
    assert.ok(good.p99Ms < P99_LIMIT_MS, `p99 of good clients is ${good.p99Ms} ms`)
    assert.ok(growth < GROWTH_LIMIT_BYTES, `memory grew by ${mib(growth)}, allowed are ${mib(GROWTH_LIMIT_BYTES)}`)
    assert.ok(creep < CREEP_LIMIT_BYTES, `memory still grew by ${mib(creep)} in the second half of the attack`)
  })
}
