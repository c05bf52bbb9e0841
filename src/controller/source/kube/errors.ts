/** What can go wrong between us and an API server, as types: what to do about each is in `verdict.ts`. */
import { isObject } from '../../../lib/shape.ts'

/** Most characters of a server's own words that are repeated to people. */
const LONGEST_QUOTE = 500

export interface Refusal {
  /** HTTP status, or the code of a `Status` that came as an event of a watch. */
  readonly status: number
  /** `Forbidden`, `Expired`, `Conflict` …: `Status.reason`, where the server gave one. */
  readonly reason?: string
  /** `Status.details.causes[].reason`. */
  readonly causes: readonly string[]
  /** Milliseconds that the server asks us to wait. */
  readonly retryAfterMs?: number
}

/** The server answered, and said no. */
export class ApiError extends Error implements Refusal {
  override readonly name = 'ApiError'
  readonly status: number
  readonly reason?: string
  readonly causes: readonly string[]
  readonly retryAfterMs?: number

  constructor(message: string, { status, reason, causes, retryAfterMs }: Refusal) {
    super(message)
    this.status = status
    this.causes = causes
    if (reason !== undefined) this.reason = reason
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs
  }
}

/** There was no answer, only half of one, or none in time. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

/** There was an answer that is not what the API speaks. */
export class Garbled extends Error {
  override readonly name = 'Garbled'
}

/** There was more than we are ready to hold. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge'
}

/** Is this one of the above? Anything else is a defect of ours. */
export function isForeseen(error: unknown): error is Error {
  return [ApiError, Unreachable, Garbled, TooLarge].some((type) => error instanceof type)
}

/**
 * @param body what came with it: a `Status` of Kubernetes, or anything.
 * @param retryAfter the field `Retry-After` (RFC 9110 §10.2.3) in seconds; dates are left to our own patience.
 */
export function apiError(status: number, body: unknown, retryAfter?: string): ApiError {
  const told = isObject(body) && body.kind === 'Status' ? body : {}
  const details = isObject(told.details) ? told.details : {}
  const seconds = secondsOf(retryAfter) ?? details.retryAfterSeconds
  const causes = Array.isArray(details.causes) ? details.causes : []
  return new ApiError(wordsOf(told.message) ?? `the API server answered ${status}`, {
    status,
    ...(typeof told.reason === 'string' ? { reason: told.reason } : {}),
    ...(typeof seconds === 'number' && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}),
    causes: causes.flatMap((cause) => (isObject(cause) && typeof cause.reason === 'string' ? [cause.reason] : [])),
  })
}

function wordsOf(message: unknown): string | undefined {
  return typeof message === 'string' && message !== '' ? message.slice(0, LONGEST_QUOTE) : undefined
}

function secondsOf(field: string | undefined): number | undefined {
  return field !== undefined && /^\d{1,6}$/.test(field) ? Number(field) : undefined
}
