/** What may be repeated as far as the request itself and its route say. */
import type { Exchange } from '../exchange.ts'
import { type FaultCode, isIdempotent, mayRetry } from '../faults.ts'
import type { RetryPlan } from '../forward-plan.ts'

/** Whether an endpoint may act on it twice: its method says so (RFC 9110 section 9.2.2), or its route for all methods. */
export function isRepeatable({ method }: Exchange, { anyMethod }: RetryPlan): boolean {
  return anyMethod || isIdempotent(method)
}

/** Whether another attempt would be safe after this fault. */
export function isRetriedAfter(code: FaultCode, exchange: Exchange, retry: RetryPlan): boolean {
  return mayRetry(code, isRepeatable(exchange, retry))
}

/** Whether an answer of this status is as good as none. */
export function isRetriedStatus(status: number, exchange: Exchange, retry: RetryPlan): boolean {
  return retry.statuses.includes(status) && isRepeatable(exchange, retry)
}

/** Whether something of its body is with an endpoint, or was. */
export function isBodyTaken({ hasBody, bytesReceived, downstream }: Exchange): boolean {
  return hasBody && (bytesReceived > 0 || downstream.requestComplete)
}
