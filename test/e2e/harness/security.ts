/** What a securityContext means for a process: setpriv does it. */
import type { V1Container, V1PodSpec } from '@kubernetes/client-node'
import type { Image } from './images.ts'

/** What container runtimes grant where nothing is said. */
const DEFAULT_CAPABILITIES = [
  ...['chown', 'dac_override', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid', 'setpcap', 'net_bind_service'],
  ...['net_raw', 'sys_chroot', 'mknod', 'audit_write', 'setfcap'],
]

export interface Privileges {
  readonly user: number
  readonly group: number
  readonly groups: readonly number[]
  /** In lower case, without `CAP_`; `undefined` is all of them. */
  readonly capabilities: readonly string[] | undefined
  readonly noNewPrivileges: boolean
  readonly readOnlyRoot: boolean
}

/** @throws Error in the words of a kubelet where a Pod must not run as root and would. */
export function privilegesOf(spec: V1PodSpec, container: V1Container, image: Image): Privileges {
  const own = container.securityContext ?? {}
  const all = spec.securityContext ?? {}
  const user = own.runAsUser ?? all.runAsUser ?? image.user
  if ((own.runAsNonRoot ?? all.runAsNonRoot) === true && user === 0) {
    throw new Error(`container ${container.name} has runAsNonRoot and image will run as root`)
  }
  return {
    user,
    group: own.runAsGroup ?? all.runAsGroup ?? user,
    groups: [...new Set([...(all.fsGroup === undefined ? [] : [all.fsGroup]), ...(all.supplementalGroups ?? [])])],
    capabilities: own.privileged === true ? undefined : capabilitiesOf(own.capabilities ?? {}),
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    readOnlyRoot: own.readOnlyRootFilesystem ?? false,
  }
}

function capabilitiesOf({ add = [], drop = [] }: { add?: string[]; drop?: string[] }): readonly string[] | undefined {
  const dropped = new Set(drop.map(plain))
  const added = add.map(plain)
  if (added.includes('all')) return undefined
  const kept = dropped.has('all') ? [] : DEFAULT_CAPABILITIES.filter((name) => !dropped.has(name))
  return [...new Set([...kept, ...added])]
}

function plain(capability: string): string {
  return capability.toLowerCase().replace(/^cap_/, '')
}

/** Words that stand before a command which is to run with these privileges. */
export function setpriv({ user, group, groups, capabilities, noNewPrivileges }: Privileges): readonly string[] {
  const bounds =
    capabilities === undefined
      ? []
      : [
          `--bounding-set=${['-all', ...capabilities.map((name) => `+${name}`)].join(',')}`,
          '--inh-caps=-all',
          '--ambient-caps=-all',
        ]
  return [
    'setpriv',
    `--reuid=${user}`,
    `--regid=${group}`,
    groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`,
    ...bounds,
    ...(noNewPrivileges ? ['--no-new-privs'] : []),
    '--',
  ]
}
