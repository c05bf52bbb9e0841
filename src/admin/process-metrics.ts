/** What the main thread itself has to tell Prometheus. */
import type { Problem } from '../model/problem.ts'
import type { Family } from '../proxy/metrics.ts'
import type { MetricSource, Series } from './metrics.ts'

const FAMILIES = {
  sluice_build_info: { kind: 'gauge', help: 'Always 1; the version is the label.', labels: ['version'] },
  sluice_workers: { kind: 'gauge', help: 'Worker threads that take connections.', labels: [] },
  sluice_worker_deaths: { kind: 'counter', help: 'Worker threads that died and were replaced.', labels: [] },
  sluice_configuration_revision: {
    kind: 'gauge',
    help: 'Revision of the configuration that the workers were given last.',
    labels: [],
  },
  sluice_configuration_problems: {
    kind: 'gauge',
    help: 'Problems found in the configuration, see /debug/problems.',
    labels: ['severity'],
  },
} as const satisfies Record<string, Family>

export interface ProcessState {
  readonly version: string
  readonly supervisor: { readonly listening: number; readonly deaths: number; readonly revision: number }
  readonly problems: () => readonly Problem[]
}

export function processMetrics({ version, supervisor, problems }: ProcessState): MetricSource {
  const count = (severity: Problem['severity']) => problems().filter((problem) => problem.severity === severity).length
  const collect = async (): Promise<Series[]> => [
    ['sluice_build_info', [version], 1],
    ['sluice_workers', [], supervisor.listening],
    ['sluice_worker_deaths', [], supervisor.deaths],
    ['sluice_configuration_revision', [], supervisor.revision],
    ['sluice_configuration_problems', ['error'], count('error')],
    ['sluice_configuration_problems', ['warning'], count('warning')],
    ['sluice_configuration_problems', ['note'], count('note')],
  ]
  return { families: FAMILIES, collect }
}
