/** THE table of kinds of health checks: a kind more is a member of `ProbeSpec`, a file, and a row here. */
import type { ProbeSpec } from '../../../model/health.ts'
import type { Check, Complaint, Target } from './check.ts'
import { tcpCheck } from './tcp-check.ts'

type Checks = { readonly [K in ProbeSpec['kind']]: Check<Extract<ProbeSpec, { kind: K }>> }

const CHECKS: Checks = {
  // Loaded when it is first asked for: undici takes 8 MB that most never need.
  http: async (...asked) => (await import('./http-check.ts')).httpCheck(...asked),
  tcp: tcpCheck,
  grpc: async (...asked) => (await import('./grpc-check.ts')).grpcCheck(...asked),
}

/** Asks what a probe asks. */
export function check(target: Target, probe: ProbeSpec, signal: AbortSignal): Promise<Complaint> {
  // The row belongs to the kind, which the type system cannot see.
  const ask = CHECKS[probe.kind] as Check
  return ask(target, probe, signal)
}
