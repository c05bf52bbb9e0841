/**
 * What the chart grants, from the tables of what is read and written: a row there is a right here, and nothing else is.
 * The chart's templates bind `namespaced` and `secrets` by a ClusterRole, or by a Role in each namespace that is read.
 */
import {
  CONFIG_MAPS,
  NAMED_CONFIG_MAPS,
  OWN_PODS,
  PUBLISHED_SERVICE,
  RESOURCES,
  type ResourceRow,
  SECRETS,
  WATCHED_SECRETS,
} from '../../src/controller/source/kube/resources.ts'
import { EVENTS, WRITES, type WriteRow } from '../../src/controller/source/kube/writes.ts'

/** A rule of a Role, and what it is for. */
export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly why: string
}

export interface Grants {
  /** Kinds without a namespace: always by a ClusterRole. */
  readonly cluster: readonly Rule[]
  /** What is read and written wherever Ingresses are served. */
  readonly namespaced: readonly Rule[]
  /** Secrets, by name. */
  readonly secrets: readonly Rule[]
  /** Secrets, in namespaces where they may be watched. */
  readonly watchedSecrets: readonly Rule[]
  /** In the namespace that Sluice runs in. */
  readonly own: readonly Rule[]
  /** The Service whose addresses are published, where not all Services can be read. */
  readonly published: readonly Rule[]
  /** ConfigMaps of TCP and UDP services, each by its name. */
  readonly namedConfigMaps: readonly Rule[]
  /** Pods of ours, whose nodes are published, where not all Pods can be read. */
  readonly ownPods: readonly Rule[]
  /** Events about kinds without a namespace, which are kept in `default`, where not all namespaces can be written to. */
  readonly clusterEvents: readonly Rule[]
}

export function grants(): Grants {
  const reads = RESOURCES.map((row: ResourceRow) => ({ row, rule: reading(row) }))
  const watched = WRITES.filter(({ where }) => where === 'watched')
  const rules = (isNamespaced: boolean): readonly Rule[] => [
    ...reads.filter(({ row }) => row.namespaced === isNamespaced).map(({ rule }) => rule),
    ...watched.filter((row) => namespaced(row) === isNamespaced).map(writing),
  ]
  return {
    cluster: rules(false),
    namespaced: [...rules(true), reading(CONFIG_MAPS)],
    secrets: [reading(SECRETS)],
    watchedSecrets: [reading(WATCHED_SECRETS)],
    own: WRITES.filter(({ where }) => where === 'own-namespace').map(writing),
    published: [reading(PUBLISHED_SERVICE)],
    namedConfigMaps: [reading(NAMED_CONFIG_MAPS)],
    ownPods: [reading(OWN_PODS)],
    clusterEvents: [writing(EVENTS)],
  }
}

function reading({ apiVersion, plural, verbs, why }: ResourceRow): Rule {
  return { apiGroups: [group(apiVersion)], resources: [plural], verbs, why }
}

function writing({ apiVersion, resource, verbs, why }: WriteRow): Rule {
  return { apiGroups: [group(apiVersion)], resources: [resource], verbs, why }
}

/** Whether a kind has namespaces: as its row among the kinds that are read says; others that are written do. */
function namespaced({ apiVersion, resource }: WriteRow): boolean {
  const [plural] = resource.split('/')
  const row = RESOURCES.find((each: ResourceRow) => each.plural === plural && each.apiVersion === apiVersion)
  return row?.namespaced ?? true
}

/** The core group, of `v1`, is the empty string. */
function group(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.split('/')[0]! : ''
}
