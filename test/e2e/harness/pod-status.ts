/** The status of a Pod from what its containers do: a pure function, in the words of the API. */
import type { Container, RunState } from './container.ts'
import type { Pod } from './pod-context.ts'

export interface PodStatusSpec {
  readonly pod: Pod
  readonly initContainers: readonly Container[]
  readonly containers: readonly Container[]
  /** Whether all init containers have done their part. */
  readonly initialized: boolean
  readonly address: string
  readonly hostAddress: string
  readonly startTime: string
  /** As conditions are to say since when they hold. */
  readonly now: string
  readonly previous: readonly PodCondition[]
}

export interface PodCondition {
  readonly type: string
  readonly status: 'True' | 'False'
  readonly lastTransitionTime: string
  readonly reason?: string | null
}

export interface PodStatus {
  readonly phase: Phase
  readonly conditions: readonly PodCondition[]
}

type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed'

export function podStatus(spec: PodStatusSpec): PodStatus & Readonly<Record<string, unknown>> {
  const { pod, initContainers, containers, address, hostAddress, startTime } = spec
  const phase = phaseOf(spec)
  return {
    phase,
    conditions: conditionsOf(spec, phase),
    hostIP: hostAddress,
    hostIPs: [{ ip: hostAddress }],
    podIP: address,
    podIPs: [{ ip: address }],
    startTime,
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    initContainerStatuses: initContainers.map((each) => statusOf(each, each.state.kind === 'terminated')),
    containerStatuses: containers.map((each) => statusOf(each, each.ready)),
  }
}

function phaseOf({ pod, initContainers, containers, initialized }: PodStatusSpec): Phase {
  const failed = ({ state }: Container) => state.kind === 'terminated' && state.exit.code !== 0
  const over = ({ state }: Container) => state.kind === 'terminated'
  if (pod.spec.restartPolicy === 'Never' && initContainers.some(failed)) return 'Failed'
  if (!initialized) return 'Pending'
  if (containers.every(over)) return containers.some(failed) ? 'Failed' : 'Succeeded'
  return containers.some(({ state, restarts }) => state.kind !== 'waiting' || restarts > 0) ? 'Running' : 'Pending'
}

function conditionsOf(spec: PodStatusSpec, phase: Phase): readonly PodCondition[] {
  const { containers, initialized, previous, now } = spec
  const ready = phase === 'Running' && containers.every((each) => each.ready)
  const reason = phase === 'Succeeded' ? 'PodCompleted' : 'ContainersNotReady'
  const facts = {
    PodScheduled: true,
    PodReadyToStartContainers: true,
    Initialized: initialized,
    ContainersReady: ready,
    Ready: ready && gatesPass(spec.pod),
  }
  return Object.entries(facts).map(([type, holds]) => {
    const status = holds ? 'True' : 'False'
    const before = previous.find((each) => each.type === type && each.status === status)
    return { type, status, lastTransitionTime: before?.lastTransitionTime ?? now, reason: holds ? null : reason }
  })
}

function gatesPass({ spec, status }: Pod): boolean {
  const conditions = status?.conditions ?? []
  return (spec.readinessGates ?? []).every(({ conditionType }) =>
    conditions.some(({ type, status: value }) => type === conditionType && value === 'True'),
  )
}

function statusOf(container: Container, ready: boolean): object {
  const { name, image, state, lastState, restarts, started } = container
  const id = `e2e://${name}-${restarts}`
  return {
    name,
    image,
    imageID: image,
    containerID: id,
    ready,
    started,
    restartCount: restarts,
    state: stateOf(state, id),
    lastState: lastState === undefined ? {} : stateOf(lastState, id),
  }
}

function stateOf(state: RunState, containerID: string): object {
  switch (state.kind) {
    case 'waiting': {
      const { reason, message } = state
      return { waiting: { reason, ...(message === undefined ? {} : { message }) } }
    }
    case 'running':
      return { running: { startedAt: state.since } }
    case 'terminated': {
      const { since: startedAt, until: finishedAt, exit } = state
      const exitCode = exit.code ?? SIGNALLED[exit.signal ?? ''] ?? 255
      return {
        terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt, finishedAt, containerID },
      }
    }
  }
}

/** What shells and runtimes make of a death by signal. */
const SIGNALLED: Readonly<Record<string, number>> = { SIGKILL: 137, SIGTERM: 143, SIGINT: 130 }
