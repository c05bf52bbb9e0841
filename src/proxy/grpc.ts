/**
 * What a proxy has to know of gRPC (its own documents PROTOCOL-HTTP2 and http-grpc-status-mapping): which requests are
 * ones, how long they may take, and how they are told that something went wrong. Their answers are always 200, and say in
 * `grpc-status` what became of them.
 */
import type { Exchange } from './exchange.ts'
import { FAULTS, type FaultCode } from './faults.ts'
import { FIELD_IDS } from './field-names.ts'
import { HeaderList } from './headers.ts'

export const GRPC_TYPE = 'application/grpc'
/** With a format behind it, or nothing; gRPC-Web is another protocol. */
const GRPC = /^application\/grpc(?:$|[+; ])/i
const TYPE_BIT = 1 << FIELD_IDS['content-type']

const CODES = {
  CANCELLED: 1,
  UNKNOWN: 2,
  DEADLINE_EXCEEDED: 4,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const

/** By HTTP status, as clients themselves would read it; UNKNOWN for all others. */
const OF_STATUS: Readonly<Record<number, number>> = {
  400: CODES.INTERNAL,
  401: CODES.UNAUTHENTICATED,
  403: CODES.PERMISSION_DENIED,
  404: CODES.UNIMPLEMENTED,
  413: CODES.RESOURCE_EXHAUSTED,
  429: CODES.UNAVAILABLE,
  431: CODES.RESOURCE_EXHAUSTED,
  499: CODES.CANCELLED,
  502: CODES.UNAVAILABLE,
  503: CODES.UNAVAILABLE,
  504: CODES.UNAVAILABLE,
}

/** Where the endpoint may be at work on it still: a client that tries again would double that. */
const OF_FAULT: Readonly<Partial<Record<FaultCode, number>>> = {
  'request-timeout': CODES.DEADLINE_EXCEEDED,
  'attempt-timeout': CODES.DEADLINE_EXCEEDED,
  'upstream-timeout': CODES.DEADLINE_EXCEEDED,
}

/** Milliseconds of the units of `grpc-timeout`. */
const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 }

/** Whether a request or an answer with these fields is one. */
export function isGrpc(headers: HeaderList): boolean {
  if ((headers.seen & TYPE_BIT) === 0) return false
  const type = headers.value(FIELD_IDS['content-type'])
  return type !== undefined && GRPC.test(type)
}

/** Milliseconds that the whole request may take, 0 without a limit: what its route says, or its client, if that is less. */
export function requestLimitMs({ version, requestHeaders }: Exchange, requestMs: number): number {
  const asked = version === '2' && isGrpc(requestHeaders) ? timeoutMs(requestHeaders.get('grpc-timeout')) : 0
  return asked === 0 || (requestMs > 0 && requestMs < asked) ? requestMs : asked
}

/** What cannot be read is for the endpoint to judge. */
function timeoutMs(text: string | undefined): number {
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(text ?? '') ?? []
  return digits === undefined ? 0 : Math.max(1, Math.ceil(Number(digits) * UNIT_MS[unit!]!))
}

/** `grpc-status` and `grpc-message` for an answer of the proxy's own, or for one that it has to break off. */
export function grpcOutcome(status: number, fault: FaultCode | undefined): HeaderList {
  const fields = new HeaderList()
  const code = (fault && OF_FAULT[fault]) ?? OF_STATUS[status] ?? CODES.UNKNOWN
  fields.add('grpc-status', String(code))
  // Our sentences are plain ASCII without a percent sign: there is nothing to encode.
  if (fault !== undefined) fields.add('grpc-message', FAULTS[fault].text)
  return fields
}
