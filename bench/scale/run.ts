/**
 * `npm run bench:scale`: `sluice controller` with two workers on a large cluster, whose API server is this process.
 * A change counts from the moment before its event is written until the last of 8 connections, which both workers
 * share, got an answer that shows it: all of source, translation, messages and table are in it.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { seededRandom } from '../../src/lib/random.ts'
import { Cluster } from './cluster.ts'
import { ControllerProcess, HTTP_PORT, load, startBackend } from './controller.ts'
import type { LoadResult } from './load.ts'
import { isInside, runInside } from './network.ts'
import { type Options, parseOptions } from './options.ts'
import { Probe } from './probe.ts'
import { type Figure, percentile, table, verdictOf } from './verdict.ts'
import { addressOf, endpointsOf, hostOf } from './world.ts'

const CHANGES_PER_SECOND = 100
const TRAFFIC_ROUNDS = 2
/** Few enough that connections to all of their endpoints are soon there, as they are where traffic is steady. */
const HOSTS_WITH_TRAFFIC = 200
/** The loop rests for a while after each whole translation, so that other threads get their turn. */
const REST_MS = 300
/** After the start and after a storm, until nothing is left to do. */
const CALM_MS = 3_000

interface Arena {
  readonly options: Options
  readonly cluster: Cluster
  readonly sluice: ControllerProcess
}

async function firstSync({ cluster, sluice }: Arena, startedAt: number): Promise<Figure[]> {
  const listedAt = await cluster.listed()
  const servingAt = await sluice.serving()
  return [
    {
      ...{ name: 'first sync', value: (servingAt - listedAt) / 1000, unit: 's', must: 30, aim: 8 },
      how: 'last page of the last list sent → all workers listen',
    },
    { name: 'start', value: (servingAt - startedAt) / 1000, unit: 's', how: 'process started → all workers listen' },
  ]
}

function memory(sluice: ControllerProcess, when: string): Figure[] {
  const { nowMib, peakMib } = sluice.memory()
  const bounds = { unit: 'MiB', must: 900, aim: 450 } as const
  return [
    { name: `memory ${when}`, value: nowMib, ...bounds, how: 'RSS of the process, all threads' },
    { name: `peak ${when}`, value: peakMib, ...bounds, how: 'the most it was so far' },
  ]
}

/** Every change is of another Service, whose endpoints become one that it did not have. */
async function endpointChanges({ options, cluster }: Arena, probe: Probe): Promise<Figure[]> {
  const times: number[] = []
  const { services, endpointsPerService, samples } = options
  for (let i = 0; i < samples; i++) {
    const service = i % (services >> 1)
    const endpoint = ((service + 1) * endpointsPerService + i) % (services * endpointsPerService)
    const wanted = addressOf(endpoint)
    await pause(20 + (i % 17))
    const startedAt = performance.now()
    cluster.setEndpoints(service, [endpoint])
    times.push((await probe.until(hostOf(service), (body) => body === wanted)) - startedAt)
  }
  return spreadOf('endpoint change', times, { must: 50, aim: 5 })
}

/** One at a time, each when the loop has had its rest after the one before. */
async function ingressChanges({ options, cluster }: Arena, probe: Probe): Promise<Figure[]> {
  const times: number[] = []
  for (let i = 0; i < options.samples >> 2; i++) {
    const ingress = (options.services >> 1) + i
    const target = cluster.targetOf(ingress) ^ 1
    const wanted = new Set(endpointsOf(options, target).map(addressOf))
    await pause(REST_MS + (i % 17))
    const startedAt = performance.now()
    cluster.retarget(ingress, target)
    times.push((await probe.until(hostOf(ingress), (body) => wanted.has(body))) - startedAt)
  }
  return spreadOf('Ingress change', times, { must: 500, aim: 250 })
}

function spreadOf(name: string, times: readonly number[], bounds: { must: number; aim: number }): Figure[] {
  const how = `of ${times.length}, event written → seen on all connections`
  return [
    { name: `${name}, median`, value: percentile(times, 0.5), unit: 'ms', how },
    { name: `${name}, p99`, value: percentile(times, 0.99), unit: 'ms', ...bounds, how },
    { name: `${name}, longest`, value: Math.max(...times), unit: 'ms', how },
  ]
}

/** In turns, so that a drift of the machine meets both; the medians of all turns are compared. */
async function traffic({ options, cluster, sluice }: Arena): Promise<Figure[]> {
  const quiet: LoadResult[] = []
  const busy: LoadResult[] = []
  const { requestsPerSecond, seconds } = options
  const hosts = Math.min(HOSTS_WITH_TRAFFIC, options.ingresses)
  const stride = Math.floor(options.ingresses / hosts)
  const run = () => load({ port: HTTP_PORT, hosts, stride, requestsPerSecond, seconds })
  let cpu = 0
  for (let round = 0; round < TRAFFIC_ROUNDS; round++) {
    quiet.push(await run())
    const before = sluice.cpuSeconds()
    const timer = setInterval(() => cluster.change(), 1000 / CHANGES_PER_SECOND)
    busy.push(await run())
    clearInterval(timer)
    cpu += sluice.cpuSeconds() - before
    await pause(CALM_MS)
  }
  const all = [...quiet, ...busy]
  if (all.some(({ failures }) => Object.keys(failures).length > 0)) {
    throw new Error(`requests failed: ${JSON.stringify(all.map(({ failures }) => failures))}`)
  }
  const median = (all: readonly LoadResult[]) =>
    percentile(
      all.map(({ p99Ms }) => p99Ms),
      0.5,
    )
  const how = `p99 of ${requestsPerSecond} requests a second`
  return [
    { name: 'traffic, quiet', value: median(quiet), unit: 'ms', how },
    {
      name: 'traffic, changes',
      value: median(busy),
      unit: 'ms',
      how: `${how}, ${CHANGES_PER_SECOND} changes a second`,
    },
    {
      name: 'ratio',
      value: median(busy) / median(quiet),
      unit: '×',
      must: 2,
      how: 'a tenth of the changes is of an Ingress',
    },
    { name: 'CPU, changes', value: cpu / TRAFFIC_ROUNDS / seconds, unit: '×', how: 'cores taken by Sluice meanwhile' },
  ]
}

async function measure(arena: Arena, startedAt: number): Promise<Figure[]> {
  const figures: Figure[] = []
  const add = (more: readonly Figure[]) => {
    for (const figure of more) console.error(`${figure.name}: ${figure.value.toFixed(2)} ${figure.unit}`)
    figures.push(...more)
  }
  add(await firstSync(arena, startedAt))
  await pause(CALM_MS)
  add(memory(arena.sluice, 'after the start'))
  const probe = await Probe.open(HTTP_PORT)
  add(await endpointChanges(arena, probe))
  add(await ingressChanges(arena, probe))
  probe.close()
  add(await traffic(arena))
  add(memory(arena.sluice, 'at the end'))
  return figures
}

async function main(options: Options): Promise<void> {
  const cluster = new Cluster(options, seededRandom(1))
  await cluster.start()
  await startBackend()
  const startedAt = performance.now()
  const sluice = new ControllerProcess(cluster.kubeconfig, options.profile)
  const figures = await measure({ options, cluster, sluice }, startedAt)
  await sluice.stop()
  await cluster.stop()
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, kernel: release(), node: process.version }
  console.log(
    `${options.ingresses} Ingresses, ${options.services} Services and slices, ${options.endpointsPerService} endpoints each`,
  )
  console.log(`${machine.cores} × ${machine.cpu}, Linux ${machine.kernel}, Node ${machine.node}\n${table(figures)}`)
  mkdirSync(dirname(options.json), { recursive: true })
  const judged = figures.map((figure) => ({ ...figure, verdict: verdictOf(figure) }))
  writeFileSync(options.json, `${JSON.stringify({ machine, options, figures: judged }, undefined, 2)}\n`)
  process.exit(judged.some(({ verdict }) => verdict === 'must missed') ? 1 : 0)
}

const args = process.argv.slice(2)
const options = parseOptions(args)
if (typeof options === 'string') console.log(options)
else if (isInside(args)) await main(options)
else process.exitCode = await runInside(args)
