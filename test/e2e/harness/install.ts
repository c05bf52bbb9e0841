/** Sluice in a cluster, as users install it: by helm, from the chart of this checkout. */
import { fileURLToPath } from 'node:url'
import { helm, type TestCluster } from './test-cluster.ts'

const CHART = fileURLToPath(new URL('../../../charts/sluice', import.meta.url))

/** Names of the release and its namespace; the chart names its objects after the release. */
export const SLUICE_NAMESPACE = 'sluice'
export const SLUICE_RELEASE = 'sluice'
export const SLUICE_SERVICE = 'sluice'

export interface InstallSpec {
  readonly release?: string
  readonly namespace?: string
  /** As after `--set`. */
  readonly set?: readonly string[]
  /** Waits until all replicas are ready; true where nothing is said. */
  readonly wait?: boolean
}

/** Installs the chart, or upgrades it. @throws Error with what helm says. */
export async function installSluice(cluster: TestCluster, spec: InstallSpec = {}): Promise<void> {
  const { release = SLUICE_RELEASE, namespace = SLUICE_NAMESPACE, set = [], wait = true } = spec
  const settings = set.flatMap((each) => ['--set', each])
  const waiting = wait ? ['--wait', '--timeout=2m'] : []
  await helm(cluster, [
    'upgrade',
    '--install',
    release,
    CHART,
    '--namespace',
    namespace,
    '--create-namespace',
    ...waiting,
    ...settings,
  ])
}

export async function uninstallSluice(cluster: TestCluster, { release, namespace }: InstallSpec = {}): Promise<void> {
  const names = [release ?? SLUICE_RELEASE, '--namespace', namespace ?? SLUICE_NAMESPACE]
  await helm(cluster, ['uninstall', ...names, '--wait'])
}
