/**
 * The readinessProbe of a Pod as a check of ours: the same question, as often and as patiently as the kubelet asks it.
 * Defaults are those of Kubernetes (Pod, `v1`, Probe), for which 0 is as good as absent.
 */
import { isPort } from '../../lib/ip.ts'
import type { CheckSpec, ProbeSpec } from '../../model/health.ts'
import type { Container, Pod, Probe } from '../api/kubernetes/pod.ts'

/** Why there is no such check, in words. */
export interface Unusable {
  readonly unusable: string
}

const JITTER_PERCENT = 10

/** @param port that the endpoint serves at: of several containers, the one that declares it is the one to ask. */
export function podCheck(pod: Pod | undefined, port: number): CheckSpec | Unusable {
  if (pod === undefined) return { unusable: 'no Pod is known' }
  const probed = pod.spec.containers.filter(({ readinessProbe }) => readinessProbe !== undefined)
  const container = probed.find(({ ports }) => ports.some(({ containerPort }) => containerPort === port)) ?? probed[0]
  const readiness = container?.readinessProbe
  if (readiness === undefined) return { unusable: 'there is no readinessProbe' }
  const probe = probeOf(readiness, container!)
  if ('unusable' in probe) return probe
  return {
    probe,
    intervalMs: (readiness.periodSeconds || 10) * 1000,
    timeoutMs: (readiness.timeoutSeconds || 1) * 1000,
    healthyThreshold: readiness.successThreshold || 1,
    unhealthyThreshold: readiness.failureThreshold || 3,
    jitterPercent: JITTER_PERCENT,
  }
}

function probeOf({ httpGet, tcpSocket, grpc }: Probe, container: Container): ProbeSpec | Unusable {
  if (grpc !== undefined) return { kind: 'grpc', tls: false, service: grpc.service ?? '', port: grpc.port }
  const asked = httpGet ?? tcpSocket
  if (asked === undefined) return { unusable: 'the readinessProbe runs a command' }
  // Asked is what the endpoint says, not what somebody else says.
  if (asked.host !== undefined && asked.host !== '') return { unusable: 'the readinessProbe names a host' }
  const port = portOf(asked.port, container)
  if (port === undefined) return { unusable: 'the port of the readinessProbe is not known' }
  if (httpGet === undefined) return { kind: 'tcp', port }
  return {
    kind: 'http',
    tls: httpGet.scheme === 'HTTPS',
    path: pathOf(httpGet.path),
    headers: httpGet.httpHeaders.map(({ name, value = '' }) => [name.toLowerCase(), value] as const),
    statuses: [[200, 399]],
    port,
  }
}

function portOf(port: number | string, { ports }: Container): number | undefined {
  const number = typeof port === 'number' ? port : ports.find(({ name }) => name === port)?.containerPort
  return number !== undefined && isPort(number) ? number : undefined
}

function pathOf(path = ''): string {
  return path.startsWith('/') ? path : `/${path}`
}
