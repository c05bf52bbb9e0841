import type { CompressionSpec } from './compression.ts'
import type { LimitAnswer, RateLimitUse } from './rate-limit.ts'

/** Filters a route can carry: a union with one member for each file in `proxy/filters`. */
export type FilterSpec =
  | {
      readonly kind: 'rate-limit'
      /** All of them have to have room. */
      readonly limits: readonly RateLimitUse[]
      /** Ranges of addresses that are not limited. */
      readonly exempt: readonly string[]
      /** Count what would be refused, and refuse nothing. */
      readonly shadow: boolean
      readonly answer: LimitAnswer
    }
  | {
      readonly kind: 'client-certificate'
      /** `id` of the ClientAuthSpec that the host of the route has. */
      readonly verifiedBy: string
      readonly mode: 'required' | 'optional' | 'unverified'
      /** Patterns with `*` for any text: of the subject, and of the names of which there has to be one, if any are. */
      readonly subject: string
      readonly names: readonly string[]
      /** Send it to the endpoint. */
      readonly forward: boolean
    }
  | ({ readonly kind: 'compression' } & CompressionSpec)
  | { readonly kind: 'body-limit'; readonly maxBytes: number }
  /** Requests in clear text are sent to HTTPS, on the port by which clients reach it. */
  | { readonly kind: 'https-redirect'; readonly port: number }
  /** Answers by HTTPS say that clear text is over for this host; `value` as RFC 6797 section 6.1 has it. */
  | { readonly kind: 'strict-transport-security'; readonly value: string }
