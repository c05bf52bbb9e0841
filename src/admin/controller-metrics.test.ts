import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Histogram } from '../lib/histogram.ts'
import type { Problem, Severity } from '../model/problem.ts'
import { controllerMetrics } from './controller-metrics.ts'
import { Metrics } from './metrics.ts'

function problem(kind: string, name: string, severity: Severity = 'error'): Problem {
  return { at: { kind, namespace: 'shop', name }, severity, reason: 'X', message: 'm' }
}

async function lines(problems: readonly Problem[]): Promise<string[]> {
  const [all, endpoints, seconds] = [new Histogram([0.1]), new Histogram([0.1]), new Histogram([1, 5])]
  all.observe(0.25)
  seconds.observe(2)
  const here = new Histogram([0.01])
  here.observe(0.002)
  const lag = { sinceArrival: here, sinceChange: seconds }
  const stats = { translations: { all, endpoints }, lag, appliedTranslations: 4, publishFailures: 2 }
  const loop = { stats, waiting: { all: 1, endpoints: 3 } }
  const text = await new Metrics([controllerMetrics(loop, () => problems)]).text()
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

test('the queue, how long translations and endpoints take, and what was applied', async () => {
  assert.deepEqual(await lines([]), [
    'sluice_controller_waiting_changes{lane="all"} 1',
    'sluice_controller_waiting_changes{lane="endpoints"} 3',
    'sluice_controller_translation_duration_seconds_bucket{le="0.1",lane="all"} 0',
    'sluice_controller_translation_duration_seconds_bucket{le="+Inf",lane="all"} 1',
    'sluice_controller_translation_duration_seconds_sum{lane="all"} 0.25',
    'sluice_controller_translation_duration_seconds_count{lane="all"} 1',
    'sluice_controller_translation_duration_seconds_bucket{le="0.1",lane="endpoints"} 0',
    'sluice_controller_translation_duration_seconds_bucket{le="+Inf",lane="endpoints"} 0',
    'sluice_controller_translation_duration_seconds_sum{lane="endpoints"} 0',
    'sluice_controller_translation_duration_seconds_count{lane="endpoints"} 0',
    'sluice_controller_applied_translations 4',
    'sluice_controller_publish_failures 2',
    'sluice_controller_endpoint_apply_duration_seconds_bucket{le="0.01"} 1',
    'sluice_controller_endpoint_apply_duration_seconds_bucket{le="+Inf"} 1',
    'sluice_controller_endpoint_apply_duration_seconds_sum 0.002',
    'sluice_controller_endpoint_apply_duration_seconds_count 1',
    'sluice_controller_apply_lag_seconds_bucket{le="1"} 0',
    'sluice_controller_apply_lag_seconds_bucket{le="5"} 1',
    'sluice_controller_apply_lag_seconds_bucket{le="+Inf"} 1',
    'sluice_controller_apply_lag_seconds_sum 2',
    'sluice_controller_apply_lag_seconds_count 1',
  ])
})

test('objects that hold an error count once each, by kind; warnings and notes do not', async () => {
  const problems = [
    problem('Ingress', 'a'),
    problem('Ingress', 'a'),
    problem('Ingress', 'b'),
    problem('Ingress', 'c', 'warning'),
    problem('Secret', 'd', 'note'),
    problem('RoutePolicy.sluice.dev', 'e'),
  ]
  assert.deepEqual((await lines(problems)).slice(-2), [
    'sluice_controller_rejected_objects{kind="Ingress"} 2',
    'sluice_controller_rejected_objects{kind="RoutePolicy.sluice.dev"} 1',
  ])
})
