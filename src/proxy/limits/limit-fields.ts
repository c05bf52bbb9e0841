/** Fields that tell clients what is left of their limits. */
import type { LimitFields } from '../../model/rate-limit.ts'
import type { Quota } from '../shared/gcra-table.ts'

/** What one limit has left for one client. */
export interface Left extends Quota {
  /** Of the resource: `namespace/policy/limit`. */
  readonly name: string
}

export type FieldLine = readonly [name: string, value: string]

/** @returns no lines where nothing is limited. */
export function limitFields(kinds: readonly LimitFields[], lefts: readonly Left[]): readonly FieldLine[] {
  if (lefts.length === 0) return []
  return kinds.flatMap((kind) => LINES[kind](lefts))
}

const LINES: Readonly<Record<LimitFields, (lefts: readonly Left[]) => readonly FieldLine[]>> = {
  /**
   * draft-ietf-httpapi-ratelimit-headers-10: lists of structured fields (RFC 9651). The quota is what may come in one
   * window; here that is the burst, in the time it takes to come back.
   */
  RateLimit: (lefts) => [
    ['RateLimit-Policy', lefts.map((left) => `${label(left)};q=${left.quota};w=${seconds(left.windowMs)}`).join(', ')],
    ['RateLimit', lefts.map((left) => `${label(left)};r=${left.remaining};t=${seconds(left.resetMs)}`).join(', ')],
  ],
  /** As many APIs have them, never written down: of the limit that is closest, the time in seconds from now. */
  'X-RateLimit': (lefts) => {
    const { quota, remaining, resetMs } = lefts.reduce((a, b) => (b.remaining < a.remaining ? b : a))
    return [
      ['X-RateLimit-Limit', String(quota)],
      ['X-RateLimit-Remaining', String(remaining)],
      ['X-RateLimit-Reset', String(seconds(resetMs))],
    ]
  },
}

/** Names of limits are letters, digits and dashes: nothing to escape. */
function label({ name }: Left): string {
  return `"${name.slice(name.lastIndexOf('/') + 1)}"`
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1000)
}
