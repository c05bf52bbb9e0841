/** What can be asked for a route: one field an option. Annotations, and later policies, only name these fields. */
import { bytes, duration, type Field, type Infer, integer } from '../../lib/schema.ts'

export const ROUTE_POLICY = {
  /** Milliseconds until the connection to the endpoint stands; 0 is no limit. */
  connectTimeout: duration(),
  /** Longest silence of the endpoint in milliseconds, before its head and between parts of its body; 0 is no limit. */
  responseTimeout: duration(),
  /** Milliseconds for the whole request, retries included; 0 is no limit. */
  requestTimeout: duration(),
  /** Attempts after the first one. */
  retryAttempts: integer(0, 10),
  /** Most bytes of a request body; 0 is no limit. */
  maxBodySize: bytes(),
} as const satisfies Readonly<Record<string, Field<unknown>>>

export type RoutePolicyField = keyof typeof ROUTE_POLICY
export type RoutePolicy = { readonly [K in RoutePolicyField]: Infer<(typeof ROUTE_POLICY)[K]> }

export const DEFAULT_ROUTE_POLICY: RoutePolicy = {
  connectTimeout: 5_000,
  responseTimeout: 60_000,
  requestTimeout: 0,
  retryAttempts: 2,
  maxBodySize: 0,
}
