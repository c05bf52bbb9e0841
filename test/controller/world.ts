/** A controller whose source, publisher and DNS are the test's. */
import assert from 'node:assert/strict'
import { decodeObject } from '../../src/controller/api/kubernetes/decode.ts'
import type { ConfigValues } from '../../src/controller/api/sluice-config.ts'
import { Controller } from '../../src/controller/controller.ts'
import type { Applied } from '../../src/controller/observer.ts'
import type { Source, SourceBatch } from '../../src/controller/source/source.ts'
import { DEFAULT_OPTIONS, type TranslateOptions } from '../../src/controller/translate/options.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import type { DnsAnswer } from '../../src/lib/dns.ts'
import { printProblem } from '../../src/model/problem.ts'
import type { Update } from '../../src/model/snapshot.ts'

export const turn = () => new Promise<void>((resolve) => process.nextTick(resolve))

export const entry = (raw: object) => {
  const decoded = decodeObject(raw)
  assert.equal(decoded.outcome, 'object')
  return { ref: decoded.ref, object: decoded.object }
}
export const RAW_INGRESS = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'web' },
  spec: { ingressClassName: 'sluice', defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
}
export const ingress = entry(RAW_INGRESS)
export const service = (spec: object = { ports: [{ port: 80 }] }) =>
  entry({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec })
export const slice = (address: string, annotations = {}) =>
  entry({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' }, annotations },
    addressType: 'IPv4',
    ports: [{ port: 8080 }],
    endpoints: [{ addresses: [address] }],
  })

export const batchOf = (...upserts: SourceBatch['upserts']): SourceBatch => ({ upserts, removals: [], problems: [] })

export function setUp(first: SourceBatch, options: Partial<TranslateOptions> = {}, more: Partial<Source> = {}) {
  const clock = new FakeClock()
  const updates: Update[] = []
  const problems: string[][] = []
  const applied: Applied[] = []
  const answers: DnsAnswer[] = []
  const configs: ConfigValues[] = []
  let tell = (_batch: SourceBatch) => {}
  let stopped = false
  const controller = new Controller({
    source: {
      ...more,
      start: async (sink) => {
        tell = sink
        sink(first)
      },
      stop: () => {
        stopped = true
      },
    },
    clock,
    random: () => 1,
    publisher: { publish: async (update) => void updates.push(update) },
    options: { ...DEFAULT_OPTIONS, ...options },
    onProblems: (list) => problems.push(list.map(printProblem)),
    onApplied: (each) => applied.push(each),
    log: { error: (_fields, message) => assert.fail(message) },
    lookup: async () => answers,
    askResponder: () => assert.fail('no responder is to be asked'),
    onConfig: (values) => configs.push(values),
  })
  /** The last text that was published for a key. */
  const text = (key: string) => updates.flatMap(({ upserts }) => upserts).findLast(([each]) => each === key)?.[1]
  return {
    clock,
    updates,
    problems,
    applied,
    answers,
    configs,
    controller,
    text,
    tell: (batch: SourceBatch) => tell(batch),
    isStopped: () => stopped,
  }
}
