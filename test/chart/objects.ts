/** Parts of what the chart renders, by what they are called there. */
import assert from 'node:assert/strict'
import type { Rendered } from './helm.ts'

export type Labels = Readonly<Record<string, string>>

export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

export interface Container {
  readonly image: string
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[]
  readonly ports: readonly { readonly name: string; readonly containerPort: number; readonly hostPort?: number }[]
  readonly securityContext: Readonly<Record<string, unknown>>
  readonly readinessProbe: unknown
  readonly livenessProbe: unknown
}

export interface PodSpec {
  readonly serviceAccountName: string
  readonly automountServiceAccountToken: boolean
  readonly enableServiceLinks: boolean
  readonly terminationGracePeriodSeconds: number
  readonly dnsPolicy: string
  readonly hostNetwork?: boolean
  readonly securityContext: Readonly<Record<string, unknown>>
  readonly containers: readonly [Container]
  readonly topologySpreadConstraints?: readonly { readonly labelSelector: { readonly matchLabels: Labels } }[]
}

export interface Workload extends Rendered {
  readonly spec: {
    readonly replicas?: number
    readonly selector: { readonly matchLabels: Labels }
    readonly strategy?: unknown
    readonly updateStrategy?: unknown
    readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec }
  }
}

/** All objects of a kind. */
export function ofKind<T extends Rendered>(objects: readonly Rendered[], kind: string): readonly T[] {
  return objects.filter((object) => object.kind === kind) as unknown as readonly T[]
}

export function workload(objects: readonly Rendered[]): Workload {
  const found = [...ofKind<Workload>(objects, 'Deployment'), ...ofKind<Workload>(objects, 'DaemonSet')]
  assert.equal(found.length, 1)
  return found[0]!
}

/** `--drain-delay=10s` → `10s`. */
export function option({ spec }: Workload, name: string): string | undefined {
  const found = spec.template.spec.containers[0].args.find((arg) => arg.startsWith(`--${name}=`))
  return found?.slice(name.length + 3)
}

/** Rights as `verb group/resource`, with `[name]` where they are for one object. */
export function rights(object: Rendered): readonly string[] {
  return (object.rules as readonly Rule[]).flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
    verbs.map((verb) => `${verb} ${apiGroups}/${resources}${resourceNames === undefined ? '' : `[${resourceNames}]`}`),
  )
}

/** Whether a selector finds something with these labels. */
export function selects(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value)
}
