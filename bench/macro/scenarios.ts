/** What is measured, and how good it has to be. A row is a scenario. */
import type { RequestSpec } from './load.ts'

export interface Variation {
  readonly hosts: number
  readonly workers: number
}

export interface Scenario {
  readonly name: string
  readonly title: string
  readonly request: RequestSpec
  /** Each peer runs once in each variation; ratios are to the first peer in the first one. */
  readonly variations: readonly Variation[]
  /** The peers it makes sense for; all where absent. */
  readonly peers?: readonly string[]
  readonly measure: 'cpu' | 'rps' | 'idle-memory'
  /** Whether a run with buffered access logs is worth its time. */
  readonly withLog: boolean
  /** Upper bounds for Sluice: a ratio, or KiB for each connection where memory is measured. */
  readonly must?: number
  readonly aim?: number
}

const PLAIN: Variation = { hosts: 1, workers: 1 }
const SMALL: RequestSpec = { method: 'GET', path: '/67', bodyBytes: 0 }
const perRequest = { variations: [PLAIN], measure: 'cpu', withLog: true } as const

export const SCENARIOS: readonly Scenario[] = [
  { name: 'get-67', title: 'GET 67 B', request: SMALL, ...perRequest, must: 1.25, aim: 1 },
  {
    name: 'get-16k',
    title: 'GET 16 KiB',
    request: { method: 'GET', path: '/16k', bodyBytes: 0 },
    ...perRequest,
    must: 1.4,
    aim: 1.1,
  },
  {
    name: 'get-1m',
    title: 'GET 1 MiB',
    request: { method: 'GET', path: '/1m', bodyBytes: 0 },
    ...perRequest,
    must: 1,
    aim: 0.7,
  },
  {
    name: 'post-16k',
    title: 'POST 16 KiB',
    request: { method: 'POST', path: '/sink', bodyBytes: 16 * 1024 },
    ...perRequest,
    must: 1.4,
    aim: 1.1,
  },
  {
    name: 'hosts',
    title: '10 000 hosts instead of 1',
    request: { ...SMALL, rotateHosts: true },
    variations: [PLAIN, { hosts: 10_000, workers: 1 }],
    peers: ['sluice'],
    measure: 'cpu',
    withLog: false,
    must: 1.1,
    aim: 1.03,
  },
  {
    name: 'workers',
    title: '2 workers instead of 1, load on the same cores',
    request: SMALL,
    variations: [PLAIN, { hosts: 1, workers: 2 }],
    peers: ['nginx', 'sluice'],
    measure: 'rps',
    withLog: false,
  },
  {
    name: 'idle',
    title: 'memory of an idle keep-alive connection',
    request: SMALL,
    variations: [PLAIN],
    peers: ['nginx', 'haproxy', 'sluice'],
    measure: 'idle-memory',
    withLog: false,
    must: 24,
    aim: 10,
  },
]
