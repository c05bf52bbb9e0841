/** What the loop from objects to workers has to tell Prometheus. */
import type { Problem } from '../model/problem.ts'
import type { Family, HistogramValue } from '../proxy/metrics.ts'
import type { MetricSource, Series } from './metrics.ts'

/** Observations by size, and the bounds that they are counted by. */
interface Distribution {
  readonly bounds: readonly number[]
  readonly value: HistogramValue
}

type ByLane<T> = Readonly<Record<'all' | 'endpoints', T>>

export interface LoopState {
  readonly stats: {
    readonly translations: ByLane<Distribution>
    readonly lag: { readonly sinceArrival: Distribution; readonly sinceChange: Distribution }
    readonly appliedTranslations: number
    readonly publishFailures: number
  }
  readonly waiting: ByLane<number>
}

/** @param problems all there are now. */
export function controllerMetrics(loop: LoopState, problems: () => readonly Problem[]): MetricSource {
  const { translations, lag } = loop.stats
  const collect = async (): Promise<Series[]> => [
    ['sluice_controller_waiting_changes', ['all'], loop.waiting.all],
    ['sluice_controller_waiting_changes', ['endpoints'], loop.waiting.endpoints],
    ['sluice_controller_translation_duration_seconds', ['all'], translations.all.value],
    ['sluice_controller_translation_duration_seconds', ['endpoints'], translations.endpoints.value],
    ['sluice_controller_applied_translations', [], loop.stats.appliedTranslations],
    ['sluice_controller_publish_failures', [], loop.stats.publishFailures],
    ['sluice_controller_endpoint_apply_duration_seconds', [], lag.sinceArrival.value],
    ['sluice_controller_apply_lag_seconds', [], lag.sinceChange.value],
    ...[...rejected(problems())].map(
      ([kind, objects]): Series => ['sluice_controller_rejected_objects', [kind], objects.size],
    ),
  ]
  return { families: familiesOf(loop), collect }
}

function familiesOf({ stats }: LoopState): Readonly<Record<string, Family>> {
  return {
    sluice_controller_waiting_changes: {
      kind: 'gauge',
      help: 'Changes that wait for their translation: of everything, or Services whose endpoints changed.',
      labels: ['lane'],
    },
    sluice_controller_translation_duration_seconds: {
      kind: 'histogram',
      help: 'Translations, of everything or of endpoints alone.',
      labels: ['lane'],
      buckets: stats.translations.all.bounds,
    },
    sluice_controller_applied_translations: {
      kind: 'counter',
      help: 'Translations that every worker has, those that changed nothing included.',
      labels: [],
    },
    sluice_controller_publish_failures: {
      kind: 'counter',
      help: 'Updates that a worker could not apply.',
      labels: [],
    },
    sluice_controller_endpoint_apply_duration_seconds: {
      kind: 'histogram',
      help: 'From the arrival of a change of endpoints until every worker has it.',
      labels: [],
      buckets: stats.lag.sinceArrival.bounds,
    },
    sluice_controller_apply_lag_seconds: {
      kind: 'histogram',
      help: 'From the change of endpoints, as the cluster dates it to the second, until every worker has them.',
      labels: [],
      buckets: stats.lag.sinceChange.bounds,
    },
    sluice_controller_rejected_objects: {
      kind: 'gauge',
      help: 'Objects of which something that was asked for does not happen, by kind.',
      labels: ['kind'],
    },
  }
}

/** Objects that hold an error. */
function rejected(problems: readonly Problem[]): ReadonlyMap<string, ReadonlySet<string>> {
  const byKind = new Map<string, Set<string>>()
  for (const { at, severity } of problems) {
    if (severity !== 'error') continue
    const objects = byKind.get(at.kind) ?? new Set<string>()
    byKind.set(at.kind, objects.add(`${at.namespace}/${at.name}${at.kind === 'File' ? (at.file ?? '') : ''}`))
  }
  return byKind
}
