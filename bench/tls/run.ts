/**
 * `npm run bench:tls`: `sluice serve` with two workers and a certificate for each of many hosts, ten thousand unless an
 * argument says otherwise. How long it takes to start, what it weighs, how long a handshake takes for a host that was not
 * asked for before and for one that was, and what all of that notices of a certificate that changes.
 */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '../../src/lib/random.ts'
import { Child, freePort } from '../macro/child.ts'
import { cpuMicros, residentBytes } from '../macro/cpu.ts'
import { ingressesOf, SERVICE, secretOf } from './manifests.ts'
import { shake } from './shake.ts'

const SLUICE = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const HOSTS = Number(process.argv[2] ?? 10_000)
const PER_FILE = 100
const SAMPLES = 2_000
const ROTATIONS = 10
const START_MS = 300_000

const hostOf = (n: number) => `h${n}.example.test`
const random = seededRandom(10_000)
const anyHost = () => hostOf(Math.floor(random() * HOSTS))
const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`
const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`
const percentile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!
const spread = (values: readonly number[]) => `${ms(percentile(values, 0.5))}, ${ms(percentile(values, 0.99))}`

function row(what: string, ...values: readonly string[]): void {
  process.stdout.write(`| ${[what, ...values].join(' | ')} |\n`)
}

function writeManifests(dir: string): void {
  mkdirSync(dir)
  writeFileSync(join(dir, 'service.json'), JSON.stringify(SERVICE))
  for (let at = 0; at < HOSTS; at += PER_FILE) {
    const hosts = Array.from({ length: Math.min(PER_FILE, HOSTS - at) }, (_, i) => hostOf(at + i))
    const items = [...hosts.map((host) => secretOf(host)), ...ingressesOf(hosts)]
    writeFileSync(join(dir, `${at}.json`), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  }
}

/** Handshakes one after the other. @returns milliseconds of each. */
async function handshakes(port: number, hosts: readonly string[]): Promise<number[]> {
  const times: number[] = []
  for (const host of hosts) times.push((await shake(port, host)).milliseconds)
  return times
}

/** @returns milliseconds from the change of a file to the first handshake that shows it; others go on meanwhile. */
async function rotate(port: number, dir: string): Promise<{ readonly shownAfter: number; readonly others: number[] }> {
  const host = `rotated.example.test`
  const file = join(dir, 'rotated.json')
  const before = (await shake(port, host)).fingerprint
  const items = [secretOf(host), ...ingressesOf([host])]
  writeFileSync(`${file}.new`, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  const at = performance.now()
  renameSync(`${file}.new`, file)
  const others: number[] = []
  for (;;) {
    others.push((await shake(port, anyHost())).milliseconds)
    if ((await shake(port, host)).fingerprint !== before) return { shownAfter: performance.now() - at, others }
  }
}

const dir = mkdtempSync(join(tmpdir(), 'sluice-bench-tls-'))
const manifests = join(dir, 'manifests')
writeManifests(manifests)
const [http, https, admin] = [await freePort(), await freePort(), await freePort()]
const ports = ['--http-port', `${http}`, '--https-port', `${https}`, '--admin-port', `${admin}`]
const args = [SLUICE, 'serve', '--manifests', manifests, '--workers', '2', '--access-log', 'off', ...ports]
const startedAt = performance.now()
const child = new Child({ command: { file: process.execPath, args }, dir, core: undefined })
try {
  while (!(await isReady())) await pause(20)
  row(`${HOSTS} certificates`, '')
  row('---', '---')
  row('start, until it serves', ms(performance.now() - startedAt))
  row('time of a core in it', ms(cpuMicros(child.pid) / 1000))
  await pause(2_000)
  row('memory then', mib(residentBytes(child.pid)))
  const hosts = Array.from({ length: SAMPLES }, anyHost)
  row('handshake for a host not asked for before: p50, p99', spread(await handshakes(https, hosts)))
  row('the same hosts again', spread(await handshakes(https, [...hosts, ...hosts])))
  row(`memory after ${SAMPLES} hosts`, mib(residentBytes(child.pid)))
  const rotations = []
  for (let i = 0; i < ROTATIONS; i++) rotations.push(await rotate(https, manifests))
  row('a changed certificate is shown after', spread(rotations.map(({ shownAfter }) => shownAfter)))
  row('handshakes of others meanwhile', spread(rotations.flatMap(({ others }) => others)))
} finally {
  await child.stop()
  rmSync(dir, { recursive: true })
}

async function isReady(): Promise<boolean> {
  if (performance.now() - startedAt > START_MS) throw new Error(`it did not start:\n${child.printed().slice(-2000)}`)
  return await fetch(`http://127.0.0.1:${admin}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )
}
