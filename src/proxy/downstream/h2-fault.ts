/** What the end of a stream of a client means for its request. */
import type { FaultCode } from '../faults.ts'
import type { Violation } from '../http2/errors.ts'

const FAULT_OF: Readonly<Partial<Record<Violation, FaultCode>>> = {
  'window-stalled': 'client-stalled',
  'body-length': 'bad-framing',
  'malformed-trailers': 'bad-field',
  'trailers-too-large': 'header-too-large',
}

/** @param violation what the client did wrong, where that is why. */
export function streamFault(violation: Violation | undefined): FaultCode {
  return (violation && FAULT_OF[violation]) ?? 'client-gone'
}
