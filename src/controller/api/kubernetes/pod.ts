/** Pod, `v1`: whether it is ready, how long it may take to end, and how its owner would probe it. */
import { alike } from '../../../lib/alike.ts'
import { integer, integerOrText, listOf, object, optional, type Read, text } from '../../../lib/shape.ts'
import { date, type Identified } from './metadata.ts'

const PROBE = object({
  httpGet: optional(
    object({
      path: optional(text),
      port: integerOrText,
      scheme: optional(text),
      host: optional(text),
      httpHeaders: listOf(object({ name: text, value: optional(text) })),
    }),
  ),
  tcpSocket: optional(object({ port: integerOrText, host: optional(text) })),
  grpc: optional(object({ port: integer, service: optional(text) })),
  periodSeconds: optional(integer),
  timeoutSeconds: optional(integer),
  successThreshold: optional(integer),
  failureThreshold: optional(integer),
})
export type Probe = Read<typeof PROBE>

const CONTAINER = object({
  ports: listOf(object({ name: optional(text), containerPort: integer })),
  readinessProbe: optional(PROBE),
})
export type Container = Read<typeof CONTAINER>

const CONDITION = object({ type: text, status: text, lastTransitionTime: optional(date) })

export const POD = object({
  spec: alike(object({ terminationGracePeriodSeconds: optional(integer), containers: listOf(CONTAINER) })),
  status: optional(object({ conditions: listOf(CONDITION) })),
})
export type Pod = Identified & { readonly kind: 'Pod' } & Read<typeof POD>

/** What Kubernetes gives a Pod that asks for nothing. */
const DEFAULT_GRACE_SECONDS = 30

/** Whether somebody told it to end. */
export function isEnding({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined
}

/** From when it is told to end until it is killed: as asked for with the deletion, or as it asks for itself. */
export function graceSeconds(pod: Pod | undefined): number {
  const asked = pod !== undefined && isEnding(pod) ? pod.metadata.deletionGracePeriodSeconds : undefined
  return asked ?? pod?.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS
}

/** Labels by which a Deployment, a Rollout of Argo, a StatefulSet or DaemonSet tell Pods of one template from others. */
export const REVISION_LABELS = ['pod-template-hash', 'rollouts-pod-template-hash', 'controller-revision-hash'] as const

/** Which template it was made from; `undefined` where no controller made it. */
export function revisionOf({ metadata: { labels } }: Pod): string | undefined {
  return REVISION_LABELS.map((label) => labels.get(label)).find((value) => value !== undefined)
}

/** Since when it is ready, by the clock of the cluster; `undefined` where it is not, or where nobody says since when. */
export function readySince({ status }: Pod): number | undefined {
  const ready = status?.conditions.find(({ type }) => type === 'Ready')
  return ready?.status === 'True' ? ready.lastTransitionTime : undefined
}

/** Are two versions of a Pod the same to whoever asks whether it ends, and in which time? */
export function endsAlike(a: Pod, b: Pod): boolean {
  return a.metadata.uid === b.metadata.uid && isEnding(a) === isEnding(b) && graceSeconds(a) === graceSeconds(b)
}
