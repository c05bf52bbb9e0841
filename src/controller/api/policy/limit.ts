/** One limit of a RateLimitPolicy: of requests in a time, of requests at a time, or of bytes in a second. */
import {
  bytesInList,
  checked,
  type Field,
  integer,
  list,
  object,
  oneOf,
  optional,
  required,
  text,
} from '../../../lib/schema.ts'
import type { RateKey } from '../../../model/rate-limit.ts'
import type { RequestMatch } from '../../../model/request-match.ts'
import { REQUEST_MATCH } from './request-match.ts'
import { requestPart, TOKEN } from './request-part.ts'

/** Times are kept as numbers of 32 bits. */
export const MOST_BURST = 1_000_000
const MOST_A_SECOND = 1_000_000
const MOST_REQUESTS = 1_000_000_000
/** Bytes a second; the most is what a time of 32 bits can tell by single bytes. */
const LEAST_BANDWIDTH = 1_024
const MOST_BANDWIDTH = 2 ** 29
const UNITS = ['second', 'minute', 'hour', 'day'] as const

/** As it stands in the object. */
export interface LimitValue {
  readonly name: string
  readonly key?: readonly RateKey[]
  readonly networks?: { readonly ipv4?: number; readonly ipv6?: number }
  readonly when?: RequestMatch
  readonly requests?: number
  readonly per?: (typeof UNITS)[number]
  readonly burst?: number
  readonly cost?: number
  readonly costHeader?: string
  readonly concurrent?: number
  /** In bytes a second. */
  readonly bandwidth?: number
  readonly direction?: 'Response' | 'Request'
  readonly scope?: 'Replica' | 'Cluster'
  readonly keys?: number
}

const NETWORKS = object({
  ipv4: optional(integer(1, 32), 'Bits of an IPv4 address that count. Without it: 32, every address by itself.'),
  ipv6: optional(integer(1, 128), 'Bits of an IPv6 address that count. Without it: 64, what one customer is given.'),
})

const FIELD_NAME = text(new RegExp(TOKEN), 'the name of a field')

const MEMBERS = object({
  name: required(
    text(/[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/, 'a name of lower-case letters, digits and dashes', 63),
    'Its name, in metrics.',
  ),
  key: optional(
    list(requestPart('client', 'host', 'path', 'method', 'claim:NAME')),
    'What tells clients apart: client (its address), host, path, method, header:NAME, cookie:NAME, claim:NAME of the token in Authorization, which nobody has verified, or several, which all have to agree. Empty: one limit for everybody. Without it: client.',
  ),
  networks: optional(NETWORKS, 'How much of the address of a client counts.'),
  when: optional(object(REQUEST_MATCH), 'Requests that are limited; others pass and are not counted. Without it: all.'),
  requests: optional(integer(1, MOST_REQUESTS), 'Requests that may come in one unit of time.'),
  per: optional(oneOf(...UNITS), 'That unit of time.'),
  burst: optional(
    integer(1, MOST_BURST),
    'Requests that may come at once after a rest. Without it, as many as in one unit of time, a million at most.',
  ),
  cost: optional(integer(1, MOST_BURST), 'For how many one request counts. Without it: 1.'),
  costHeader: optional(
    FIELD_NAME,
    'A field of the answer that says for how many the request counts after all; what is beyond cost is taken later, and the field goes to no client.',
  ),
  concurrent: optional(integer(1, 1_000_000), 'Requests that may be under way at a time, instead of requests and per.'),
  bandwidth: optional(
    bytesInList(LEAST_BANDWIDTH, MOST_BANDWIDTH),
    'Bytes of bodies that pass in a second, instead of requests and per: what is too much waits and is not refused. After a rest as many pass at once.',
  ),
  direction: optional(
    oneOf('Response', 'Request'),
    'Whose bodies bandwidth is for: of answers, or of requests. Without it: Response.',
  ),
  scope: optional(
    oneOf('Replica', 'Cluster'),
    'Replica: each replica admits so many. Cluster: all of them together; each admits a share, which follows its traffic. Without it: Replica.',
  ),
  keys: optional(
    integer(8, 1_000_000),
    'Keys that are told apart at a time; when there are more, some share a limit. 9 to 18 bytes of memory each; of concurrent, 4 bytes for each worker. Without it: 65536.',
  ),
})

const RATE_ONLY = ['per', 'burst', 'cost', 'costHeader', 'scope'] as const

/** A limit that says what it limits, once, and how much a request may cost at most. */
export const LIMIT: Field<LimitValue> = checked<LimitValue>(
  MEMBERS,
  {
    rule: '[has(self.requests), has(self.concurrent), has(self.bandwidth)].exists_one(given, given)',
    message: 'expected one of requests (with per), concurrent and bandwidth',
    holds: ({ requests, concurrent, bandwidth }) => {
      return [requests, concurrent, bandwidth].filter((given) => given !== undefined).length === 1
    },
  },
  {
    rule: 'has(self.requests) == has(self.per)',
    message: 'expected requests and per together: so many in such a time',
    holds: ({ requests, per }) => (requests === undefined) === (per === undefined),
  },
  {
    rule: `!has(self.per) || !has(self.requests) || self.per in ['hour', 'day'] || self.requests <= (self.per == 'second' ? ${MOST_A_SECOND} : ${MOST_A_SECOND * 60})`,
    message: `expected at most ${MOST_A_SECOND} requests a second; more is no limit for one process`,
    holds: ({ requests = 0, per }) => {
      return requests <= (per === 'second' ? MOST_A_SECOND : per === 'minute' ? MOST_A_SECOND * 60 : MOST_REQUESTS)
    },
  },
  {
    rule: `has(self.requests) || !(${RATE_ONLY.map((name) => `has(self.${name})`).join(' || ')})`,
    message: `${RATE_ONLY.join(', ')} are for requests in a time, not beside concurrent or bandwidth`,
    holds: (limit) => limit.requests !== undefined || RATE_ONLY.every((name) => limit[name] === undefined),
  },
  {
    rule: 'has(self.bandwidth) || !has(self.direction)',
    message: 'direction is for bandwidth',
    holds: ({ bandwidth, direction }) => bandwidth !== undefined || direction === undefined,
  },
  {
    rule: '!has(self.cost) || !has(self.requests) || self.cost <= (has(self.burst) ? self.burst : self.requests)',
    message: 'expected a cost that the burst has room for: no request would ever pass',
    holds: ({ cost = 1, burst, requests = MOST_BURST }) => cost <= (burst ?? requests),
  },
)
