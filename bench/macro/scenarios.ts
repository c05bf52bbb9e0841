/** What is measured, and how good it has to be. A row is a scenario. */
import type { RequestSpec } from './load-spec.ts'
import type { Machinery } from './machinery.ts'

export interface Variation {
  readonly hosts: number
  readonly workers: number
  /** Several endpoints, and what is done about those that fail; a single one and the defaults where absent. */
  readonly machinery?: Machinery
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

const TLS_PEERS = ['nginx', 'haproxy', 'envoy', 'sluice']
const H2: RequestSpec = { ...SMALL, tls: true, connections: 16, streams: 8 }
const overTls = { variations: [PLAIN], measure: 'cpu', withLog: false, peers: TLS_PEERS } as const

/** Over TLS 1.3, to the same backend of HTTP/1.1. */
const TLS_SCENARIOS: readonly Scenario[] = [
  {
    ...{ name: 'tls-67', title: 'HTTP/1.1 over TLS, GET 67 B', ...overTls },
    ...{ request: { ...SMALL, tls: true }, must: 1.3, aim: 1.05 },
  },
  { name: 'h2-8', title: 'HTTP/2, 16 × 8 streams, GET 67 B', request: H2, ...overTls, must: 0.95, aim: 0.7 },
  {
    ...{ name: 'h2-32', title: 'HTTP/2, 16 × 32 streams, GET 67 B', ...overTls },
    ...{ request: { ...H2, streams: 32 }, must: 0.9, aim: 0.55 },
  },
  {
    ...{ name: 'h2-1', title: 'HTTP/2, 16 × 1 stream, GET 67 B', ...overTls },
    ...{ request: { ...H2, streams: 1 }, must: 1.3, aim: 1 },
  },
  {
    ...{ name: 'h2-200', title: 'HTTP/2, 200 × 1 stream, GET 67 B', ...overTls },
    ...{ request: { ...H2, connections: 200, streams: 1 }, must: 1.2, aim: 0.9 },
  },
  {
    ...{ name: 'h2-8-browser', title: 'HTTP/2, 16 × 8 streams, fields of a browser', ...overTls },
    ...{ request: { ...H2, browser: true }, must: 0.95, aim: 0.7 },
  },
  {
    ...{ name: 'h2-1-browser', title: 'HTTP/2, 16 × 1 stream, fields of a browser', ...overTls },
    ...{ request: { ...H2, browser: true, streams: 1 }, must: 1.3, aim: 1 },
  },
  {
    ...{ name: 'h2-100k', title: 'HTTP/2, 16 × 4 streams, GET 100 KiB', ...overTls },
    ...{ request: { ...H2, path: '/100k', streams: 4 }, must: 0.9, aim: 0.6 },
  },
  {
    ...{ name: 'h2-1m', title: 'HTTP/2, 16 × 4 streams, GET 1 MiB', ...overTls },
    ...{ request: { ...H2, path: '/1m', streams: 4 }, must: 1.3, aim: 1 },
  },
  {
    ...{ name: 'grpc', title: 'gRPC, 16 × 8 unary calls, to a backend of HTTP/2', ...overTls },
    ...{
      request: { ...H2, method: 'POST', path: '/bench.Echo/Unary', bodyBytes: 72, grpc: true },
      must: 0.95,
      aim: 0.6,
    },
    peers: ['nginx', 'sluice'],
  },
  // So many per second of CPU: the bounds are 0.60 and 0.90 of nginx, the other way round.
  {
    ...{ name: 'tls-full', title: 'full handshake and one request', ...overTls },
    ...{ request: { ...SMALL, tls: true, handshake: 'full' }, must: 1.67, aim: 1.11 },
  },
  {
    ...{ name: 'tls-resumed', title: 'resumed handshake and one request', ...overTls },
    ...{ request: { ...SMALL, tls: true, handshake: 'resumed' }, must: 1.67, aim: 1.11 },
  },
]

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
    name: 'machinery',
    title: 'slow start, ejection, peak EWMA, limits, retries and holding instead of round robin, eight endpoints',
    request: SMALL,
    variations: [
      { ...PLAIN, machinery: 'off' },
      { ...PLAIN, machinery: 'full' },
    ],
    peers: ['sluice'],
    measure: 'cpu',
    withLog: false,
    must: 1.15,
    aim: 1.05,
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
  ...TLS_SCENARIOS,
]
