/**
 * `node bench/scale/translation.ts`: what the loop costs for one change in a large cluster, without sockets and workers:
 * CPU time and garbage of store, translation and difference. Quick, and steady on a busy machine.
 */
import { getHeapStatistics } from 'node:v8'
import { decodeObject } from '../../src/controller/api/kubernetes/decode.ts'
import { Desired } from '../../src/controller/desired.ts'
import { LiveTranslation } from '../../src/controller/live-translation.ts'
import { Store } from '../../src/controller/store.ts'
import { DEFAULT_OPTIONS } from '../../src/controller/translate/options.ts'
import { type Feed, sliceFeed } from '../../src/controller/translate/view.ts'
import type { RawObject } from '../../test/kube/double.ts'
import { percentile } from './verdict.ts'
import * as world from './world.ts'

const SPEC = { ingresses: 10_000, services: 5_000, endpointsPerService: 10 }
const ROUNDS = 200
const MIB = 2 ** 20

class Loop {
  readonly #store = new Store()
  readonly #live = new LiveTranslation({ view: this.#store.view(), options: DEFAULT_OPTIONS })
  readonly #desired = new Desired()

  put(apiVersion: string, kind: string, raw: RawObject): void {
    const decoded = decodeObject({ ...raw, apiVersion, kind }, { unknownFields: 'ignore' })
    if (decoded.outcome !== 'object') throw new Error(JSON.stringify(decoded))
    this.#live.note(this.#store.apply([decoded], []))
  }

  translate(): void {
    this.#live.draft()
    const { translated } = this.#live.assemble()
    if (translated.isWhole) this.#desired.replace(new Map(translated.upserts))
    else this.#desired.change(translated)
    this.#send()
  }

  refresh(feed: Feed): void {
    this.#desired.change(this.#live.refresh(new Set([feed])).translated)
    this.#send()
  }

  #send(): void {
    const update = this.#desired.next()
    if (update !== undefined) this.#desired.applied(update)
  }
}

/** CPU milliseconds and MiB allocated, of the median and of the 99th percentile. */
function measure(name: string, work: (round: number) => void): void {
  const costs = Array.from({ length: ROUNDS }, (_, round) => {
    const from = { cpu: process.cpuUsage(), bytes: getHeapStatistics().total_allocated_bytes }
    work(round)
    const { user, system } = process.cpuUsage(from.cpu)
    return { ms: (user + system) / 1000, mib: (getHeapStatistics().total_allocated_bytes - from.bytes) / MIB }
  })
  const show = (cost: 'ms' | 'mib') => {
    const all = costs.map((each) => each[cost])
    return `${percentile(all, 0.5).toFixed(3)}, p99 ${percentile(all, 0.99).toFixed(3)}`
  }
  console.log(`${name}: CPU ms ${show('ms')}; MiB ${show('mib')}`)
}

const INGRESS = ['networking.k8s.io/v1', 'Ingress'] as const
const SLICE = ['discovery.k8s.io/v1', 'EndpointSlice'] as const
const { ingresses, services } = SPEC

const loop = new Loop()
loop.put('networking.k8s.io/v1', 'IngressClass', world.ingressClass())
for (let i = 0; i < ingresses; i++) loop.put(...INGRESS, world.ingress(i, i % services))
for (let i = 0; i < services; i++) {
  loop.put('v1', 'Service', world.service(i))
  loop.put(...SLICE, world.slice(i, world.endpointsOf(SPEC, i)))
}
const from = process.cpuUsage()
loop.translate()
console.log(`first translation: CPU ms ${(process.cpuUsage(from).user / 1000).toFixed(0)}`)
measure('an Ingress leads elsewhere', (round) => {
  const index = (round * 37) % ingresses
  loop.put(...INGRESS, world.ingress(index, (index % services) ^ 1))
  loop.translate()
})
measure('an endpoint leaves', (round) => {
  const index = (round * 37) % services
  loop.put(...SLICE, world.slice(index, world.endpointsOf(SPEC, index).slice(1)))
  const { metadata } = world.service(index)
  loop.refresh(sliceFeed(metadata.namespace ?? '', metadata.name))
})
