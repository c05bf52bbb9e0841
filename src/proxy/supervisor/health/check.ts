/** What one health check is to those who make it: a question, and an answer within time. */
import { endpointId } from '../../../model/cluster.ts'
import type { ProbeSpec } from '../../../model/health.ts'

/** Where the question goes. */
export interface Target {
  /** An IP address without brackets. */
  readonly address: string
  readonly port: number
}

/** The origin (RFC 6454) of an endpoint, for a question that names a port of its own or does not. */
export function originOf({ address, port }: Target, probe: { readonly tls: boolean; readonly port?: number }): string {
  return `${probe.tls ? 'https' : 'http'}://${endpointId({ address, port: probe.port ?? port })}`
}

/** `undefined` where the answer is good, otherwise in words why it is not. */
export type Complaint = string | undefined

/**
 * Asks once. What is wrong is an answer, not an error. When the signal aborts it lets go of its connection, and nobody
 * waits for its answer.
 */
export type Check<P extends ProbeSpec = ProbeSpec> = (
  target: Target,
  probe: P,
  signal: AbortSignal,
) => Promise<Complaint>
