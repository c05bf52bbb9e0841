/**
 * A fleet of endpoints behind a balancer, simulated event by event: requests come at random times, each endpoint works
 * on a few at once and lets the others wait. Nothing but the balancer differs between two runs of the same seed.
 */
import type { Random } from '../../src/lib/random.ts'
import type { Balancer } from '../../src/proxy/balance/picker.ts'
import { PeakEwma } from '../../src/proxy/cluster/peak-ewma.ts'
import type { Endpoint } from '../../src/proxy/types.ts'
import { EventQueue } from './event-queue.ts'

export interface EndpointModel {
  /** Requests worked on at once. */
  readonly slots: number
  /** Milliseconds of work for one request. */
  work(random: Random, now: number): number
}

export interface FleetSpec {
  readonly endpoints: readonly EndpointModel[]
  /** Requests a second. */
  readonly rate: number
  readonly requests: number
  readonly balancer: Balancer
  readonly random: Random
}

interface LiveEndpoint {
  readonly id: string
  readonly model: EndpointModel
  readonly latency: PeakEwma
  /** When those that wait have come. */
  readonly waiting: number[]
  inFlight: number
  working: number
}

/** @returns how long each request took, from its arrival to its answer, in milliseconds. */
export function simulate({ endpoints, rate, requests, balancer, random }: FleetSpec): Float64Array {
  const fleet = endpoints.map(
    (model, n): LiveEndpoint => ({
      id: `10.0.0.${n}:80`,
      model,
      latency: new PeakEwma(),
      waiting: [],
      inFlight: 0,
      working: 0,
    }),
  )
  const queue = new EventQueue()
  const took = new Float64Array(requests)
  let answered = 0
  let inFlight = 0
  const live = (endpoint: Endpoint): LiveEndpoint => endpoint as unknown as LiveEndpoint
  const picker = balancer(
    fleet.map((endpoint) => ({ endpoint: endpoint as unknown as Endpoint, weight: 1 })),
    {
      random,
      load: (endpoint) => live(endpoint).inFlight,
      total: () => inFlight,
      latency: (endpoint) => live(endpoint).latency.value(queue.now),
    },
  )

  function begin(endpoint: LiveEndpoint, came: number): void {
    endpoint.working++
    queue.after(endpoint.model.work(random, queue.now), () => end(endpoint, came))
  }

  function end(endpoint: LiveEndpoint, came: number): void {
    const milliseconds = queue.now - came
    took[answered++] = milliseconds
    endpoint.latency.observe(milliseconds, queue.now)
    endpoint.working--
    endpoint.inFlight--
    inFlight--
    const next = endpoint.waiting.shift()
    if (next !== undefined) begin(endpoint, next)
  }

  function arrive(left: number): void {
    const endpoint = live(picker.pick(undefined, Math.floor(random() * 2 ** 32))!)
    endpoint.inFlight++
    inFlight++
    if (endpoint.working < endpoint.model.slots) begin(endpoint, queue.now)
    else endpoint.waiting.push(queue.now)
    // Times between arrivals are exponential: whoever comes knows nothing of the others.
    if (left > 1) queue.after((-Math.log(1 - random()) * 1000) / rate, () => arrive(left - 1))
  }

  queue.after(0, () => arrive(requests))
  queue.run()
  return took
}
