/** Which node a Pod goes to: one that it accepts, with the fewest Pods of its kind, then the fewest in all. */
import type { V1NodeSelectorRequirement, V1NodeSelectorTerm, V1NodeSpec, V1Toleration } from '@kubernetes/client-node'
import type { KubeObject } from './api-client.ts'
import type { Pod } from './pod-context.ts'

export interface Node extends KubeObject {
  readonly spec?: V1NodeSpec
}

/** @returns the name of a node, or `undefined` where none will do. */
export function chooseNode(pod: Pod, nodes: readonly Node[], pods: readonly Pod[]): string | undefined {
  const owner = ownerOf(pod)
  const burden = ({ metadata }: Node) => {
    const there = pods.filter(({ spec }) => spec.nodeName === metadata.name)
    const siblings = there.filter((each) => ownerOf(each) === owner)
    return siblings.length * 1_000 + there.length
  }
  return nodes
    .filter((node) => accepts(pod, node))
    .map((node) => ({ name: node.metadata.name, burden: burden(node) }))
    .sort((a, b) => a.burden - b.burden || a.name.localeCompare(b.name))[0]?.name
}

function ownerOf({ metadata }: Pod): string {
  // ReplicaSets of one Deployment are siblings: their hash is what differs.
  const hash = metadata.labels?.['pod-template-hash'] ?? ''
  const owner = metadata.ownerReferences?.[0]?.name ?? metadata.name
  return `${metadata.namespace}/${hash === '' ? owner : owner.replace(`-${hash}`, '')}`
}

function accepts({ spec }: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {}
  const tolerations = spec.tolerations ?? []
  if (node.spec?.unschedulable === true && !tolerates(tolerations, UNSCHEDULABLE)) return false
  const blocked = (node.spec?.taints ?? []).filter(({ effect }) => effect !== 'PreferNoSchedule')
  if (!blocked.every((taint) => tolerates(tolerations, taint))) return false
  if (!Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return false
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  return terms === undefined || terms.some((term) => matches(term, node))
}

interface Taint {
  readonly key: string
  readonly value?: string
  readonly effect: string
}

const UNSCHEDULABLE: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }

function tolerates(tolerations: readonly V1Toleration[], taint: Taint): boolean {
  return tolerations.some(({ key, operator, value, effect }) => {
    if (effect !== undefined && effect !== '' && effect !== taint.effect) return false
    if (key === undefined || key === '') return operator === 'Exists'
    return key === taint.key && (operator === 'Exists' || (value ?? '') === (taint.value ?? ''))
  })
}

function matches({ matchExpressions = [], matchFields = [] }: V1NodeSelectorTerm, { metadata }: Node): boolean {
  const fields = { 'metadata.name': metadata.name }
  return (
    matchExpressions.every((each) => holds(each, metadata.labels ?? {})) &&
    matchFields.every((each) => holds(each, fields))
  )
}

function holds(
  { key, operator, values = [] }: V1NodeSelectorRequirement,
  of: Readonly<Record<string, string>>,
): boolean {
  const value = of[key]
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      throw new Error(`node affinity: ${operator} is not known to this scheduler`)
  }
}
