/**
 * Clients of HTTP/2 that do what is legal frame by frame and ruinous in numbers, against Sluice on its defaults: whoever
 * behaves is served meanwhile, each flood is cut off or costs little, and memory stays within bounds.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cpuMicros, residentBytes } from '../../bench/macro/cpu.ts'
import { startTarget, type Target } from '../conformance/target.ts'
import { goodClient } from './good-client.ts'
import { FLOODS } from './h2-flood.ts'

const run = promisify(execFile)
const PROGRAM = fileURLToPath(new URL('h2-flood.ts', import.meta.url))
const FLOOD_MS = 5_000
const PAUSE_MS = 10
/** Well-behaved requests share two cores with the attack and the backend. */
const P99_LIMIT_MS = 2_000
/** A worker's memory for what lives shortly, as often as the collector may hold it, and a little for what does not. */
const GROWTH_LIMIT_BYTES = (3 * 64 + 64) << 20
/** What one connection of an attacker may cost until it is cut off, as processor time: some hundreds of requests. */
const CONNECTION_LIMIT_MS = 30
/** What all of them together may cost where none is cut off, as a part of a core. */
const KEPT_LIMIT = 0.5
/** Of answers without an end, each as fast as this, so that a thousand of them leave the backend time for others. */
const POUR_MS = 250
const PIECES: Readonly<Record<string, Buffer>> = {
  '/large': Buffer.alloc(64 << 10, 'x'),
  '/huge': Buffer.alloc(512 << 10, 'x'),
}

async function startBackend(port: number): Promise<() => void> {
  const server = createServer((request, response) => {
    const piece = PIECES[request.url!]
    if (piece !== undefined) pour(response, piece)
    else if (request.url === '/slow') setTimeout(() => response.end('slow'), 500)
    else request.resume().once('end', () => response.end('taken'))
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return () => {
    server.closeAllConnections()
    server.close()
  }
}

function pour(response: ServerResponse, piece: Buffer): void {
  if (response.destroyed) return
  const next = (): NodeJS.Timeout => setTimeout(pour, POUR_MS, response, piece)
  if (response.write(piece)) next()
  else response.once('drain', next)
}

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

async function measure(target: Target, name: string) {
  const before = { cpu: cpuMicros(target.pid), memory: residentBytes(target.pid) }
  let peak = before.memory
  const over = new AbortController()
  const attack = run(process.execPath, [PROGRAM, name, `${target.port}`, `${FLOOD_MS}`]).finally(() => over.abort())
  const watch = (async () => {
    for (; !over.signal.aborted; await pause(100)) peak = Math.max(peak, residentBytes(target.pid))
  })()
  const good = await goodClient(target.port, over.signal, PAUSE_MS)
  const cut = Number((await attack).stdout)
  await watch
  return { good, cut, cpu: (cpuMicros(target.pid) - before.cpu) / (FLOOD_MS * 1000), growth: peak - before.memory }
}

for (const name of Object.keys(FLOODS)) {
  test(`${name}: good clients are served, memory and time are bounded`, { timeout: 60_000 }, async (t) => {
    const target = await startTarget('*')
    const close = await startBackend(target.backendPort)
    t.after(async () => {
      await target.stop()
      close()
    })
    // The heap takes the size that traffic gives it.
    await goodClient(target.port, AbortSignal.timeout(2_000), 0)
    const { good, cut, cpu, growth } = await measure(target, name)
    const served = `${good.requests} good requests, p99 ${good.p99Ms.toFixed(0)} ms`
    t.diagnostic(`${served}; ${cut} cut off, ${Math.round(cpu * 100)} % of a core, ${mib(growth)} more memory`)
    assert.deepEqual(good.failures, [])
    assert.ok(good.p99Ms < P99_LIMIT_MS, `p99 of good clients is ${good.p99Ms} ms`)
    assert.ok(growth < GROWTH_LIMIT_BYTES, `memory grew by ${mib(growth)}`)
    const each = (cpu * FLOOD_MS) / cut
    if (cut > 0) assert.ok(each < CONNECTION_LIMIT_MS, `each connection cost ${each} ms`)
    else assert.ok(cpu < KEPT_LIMIT, `it cost ${cpu} of a core`)
  })
}
