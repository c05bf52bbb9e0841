/**
 * What of an object is kept. The rest never stays in memory, and a change of the rest (a heartbeat in a status,
 * `managedFields`) is no change at all.
 */
import { isObject } from '../../../lib/shape.ts'
import { REVISION_LABELS } from '../../api/kubernetes/pod.ts'

export type RawObject = Readonly<Record<string, unknown>>
export type Trim = (raw: RawObject) => RawObject

/** Kept by kubectl beside every object: a second copy of it. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

const METADATA = [
  ...['name', 'namespace', 'uid', 'generation'],
  ...['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'],
]

export interface Keep {
  /** Fields of the object beside `metadata`. */
  readonly fields: readonly string[]
  /** Labels and annotations; all of them, without this. */
  readonly labels?: readonly string[]
  readonly annotations?: readonly string[]
}

export function keeping({ fields, labels, annotations }: Keep): Trim {
  return (raw) => {
    const metadata = isObject(raw.metadata) ? raw.metadata : {}
    return {
      ...pick(raw, fields),
      metadata: {
        ...pick(metadata, METADATA),
        labels: entries(metadata.labels, labels),
        annotations: entries(metadata.annotations, annotations),
      },
    }
  }
}

const podMetadata = keeping({ fields: [], labels: REVISION_LABELS, annotations: [] })

/** A Pod is mostly volumes, environment and statuses of containers, of which nothing matters here. */
export const trimPod: Trim = (raw) => {
  const spec = isObject(raw.spec) ? raw.spec : {}
  const status = isObject(raw.status) ? raw.status : {}
  return {
    ...podMetadata(raw),
    spec: {
      ...pick(spec, ['terminationGracePeriodSeconds']),
      containers: objects(spec.containers).map((each) => pick(each, ['ports', 'readinessProbe'])),
    },
    status: {
      conditions: objects(status.conditions)
        .filter(({ type }) => type === 'Ready')
        .map((each) => pick(each, ['type', 'status', 'lastTransitionTime'])),
    },
  }
}

/** Of our own Pods: which belong together, where they are, and whether they serve. */
export const trimOwnPod: Trim = (raw) => {
  const { metadata, status } = trimPod(raw) as { readonly metadata: RawObject; readonly status: RawObject }
  const { labels } = isObject(raw.metadata) ? raw.metadata : {}
  const addresses = pick(isObject(raw.status) ? raw.status : {}, ['hostIP', 'hostIPs'])
  return { metadata: { ...metadata, labels }, status: { ...status, ...addresses } }
}

function pick(from: RawObject, names: readonly string[]): RawObject {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(from, name)).map((name) => [name, from[name]]))
}

/** Labels or annotations; what is none of either is kept, so that it is complained about. */
function entries(all: unknown, names: readonly string[] | undefined): unknown {
  if (!isObject(all)) return all
  if (names !== undefined) return pick(all, names)
  const { [LAST_APPLIED]: _, ...rest } = all
  return rest
}

function objects(list: unknown): readonly RawObject[] {
  return Array.isArray(list) ? list.filter(isObject) : []
}
