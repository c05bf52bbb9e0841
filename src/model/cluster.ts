/** Who can serve a request: a cluster for each Service port, and its endpoints as a resource of their own. */
import type { CertificateName } from './certificate.ts'
import type { CheckSpec } from './health.ts'

/** `namespace/service:port`, the port as the Ingress names it. */
export type ClusterName = string & { readonly __brand: 'ClusterName' }

export interface WeightedCluster {
  readonly name: ClusterName
  readonly weight: number
}

export interface ClusterSpec extends LinkSpec {
  readonly name: ClusterName
  readonly namespace: string
  readonly service: string
  readonly balancer: BalancerSpec
  /** Keep clients at one endpoint. */
  readonly sticky?: StickySpec
  /** What is not as the settings have it for all clusters. */
  readonly connections?: ConnectionSpec
  /** How endpoints that are new or come back get their share; at once where it is absent. */
  readonly slowStart?: SlowStartSpec
  /** Who is left out for a while; where it is absent, `DEFAULT_OUTLIER` holds. */
  readonly outlier?: OutlierSpec
  /** Where more than this share of endpoints is ejected or unhealthy, all are used; absent, `DEFAULT_PANIC_PERCENT` holds. */
  readonly panicPercent?: number
  /** Requests under way for each near endpoint above which the others get what is over, 0 is no limit; absent, `DEFAULT_NEAR_LOAD` holds. */
  readonly nearLoad?: number
  /** What is done where a revision, node or zone fails more than the others; absent, it gets less and is told. */
  readonly attribution?: AttributionMode
  /** How endpoints are asked for their health that do not say so themselves; absent, nobody asks them. */
  readonly healthCheck?: CheckSpec
  /** How many attempts after the first ones are made; absent, `DEFAULT_RETRY_BUDGET` holds. */
  readonly retryBudget?: RetryBudgetSpec
  /** How much there may be at a time; absent, there is no limit. */
  readonly limits?: LimitsSpec
  /** Who waits for the first endpoint where there is none; absent, nobody. */
  readonly holding?: HoldingSpec
}

/** Of all workers together. */
export interface LimitsSpec {
  /** Requests under way at all endpoints, and at one; 0 is no limit. */
  readonly requests: number
  readonly requestsPerEndpoint: number
  /** Connections to one endpoint, divided among the workers; absent, there is no limit. */
  readonly connectionsPerEndpoint?: number
  /** Each worker finds out for itself how many it had better send at a time. */
  readonly adaptive?: boolean
  /** Requests that wait for room, and for how many milliseconds. */
  readonly pending: number
  readonly pendingMs: number
}

export const NO_LIMITS: LimitsSpec = { requests: 0, requestsPerEndpoint: 0, pending: 0, pendingMs: 0 }

/** Of all workers together. */
export interface HoldingSpec {
  readonly requests: number
  /** Milliseconds. */
  readonly ms: number
}

/** What is spoken with endpoints. */
export interface LinkSpec {
  /** `alpn`: what the endpoint agrees to in the handshake of TLS. */
  readonly protocol: 'http/1.1' | 'h2' | 'alpn'
  /** Connections are encrypted. */
  readonly tls?: UpstreamTlsSpec
  /** Each connection says first which client it is for, and serves no other one. */
  readonly proxyProtocol?: 'v1' | 'v2'
}

/** How connections to endpoints are encrypted, and who may be at their other end. */
export interface UpstreamTlsSpec {
  /** What is asked for in the handshake (SNI), and what the certificate has to be for where it is verified. */
  readonly serverName: string
  /** Whose certificates are taken: of anybody, of the authorities that Node knows, or of those in this PEM alone. */
  readonly trust: 'anybody' | 'system' | { readonly ca: string }
  /** What we show. The fingerprint changes with the material, so that a rotation is a change of this specification. */
  readonly client?: { readonly certificate: CertificateName; readonly fingerprint: string }
}

/** Attempts that follow a failed one come on top of all other requests, just when endpoints can bear least of them. */
export interface RetryBudgetSpec {
  /** Of the requests under way. */
  readonly percent: number
  /** Beside those, in the mean of ten seconds: so that a service with few requests gets any at all. */
  readonly perSecond: number
}

/** As in the Gateway API (`BackendTrafficPolicy`, retryConstraint) and in Linkerd. */
export const DEFAULT_RETRY_BUDGET: RetryBudgetSpec = { percent: 20, perSecond: 10 }

/** The share of an endpoint grows with its age: `(age / window) ^ (1 / aggression)` of its weight. */
export interface SlowStartSpec {
  /** Milliseconds after which an endpoint gets its full share. */
  readonly windowMs: number
  /** 1 grows evenly; more gives more in the beginning. Greater than zero. */
  readonly aggression: number
  /** Never less than this percent of the full share. */
  readonly minWeightPercent: number
}

/** When an endpoint is ejected, which is to get nothing for a while. Each reason is off where its number is 0. */
export interface OutlierSpec {
  /** Attempts in a row that ended in a fault that the table of faults blames on the endpoint. */
  readonly consecutiveFaults: number
  /** The same, or answers 502, 503 or 504. */
  readonly consecutiveGatewayErrors: number
  /** The same, or any answer of 500 and more. */
  readonly consecutive5xx: number
  /** Of the requests of one interval; only where it is also twice what the others fail. */
  readonly failurePercent: number
  /** How many times slower than the median endpoint, from the head sent to the head of the answer. */
  readonly latencyFactor: number
  /** Fewer requests than this in one interval say nothing about percent and latency. */
  readonly minRequests: number
  /** Milliseconds between two looks at percent and latency. */
  readonly intervalMs: number
  /** Milliseconds of the first ejection; each one that follows takes that much longer, up to the maximum. */
  readonly baseEjectionMs: number
  readonly maxEjectionMs: number
  /** Of the endpoints of a cluster; one may always be ejected, the last one never. */
  readonly maxEjectedPercent: number
  /** Milliseconds in which the share of one that comes back grows to the full one. */
  readonly returnMs: number
}

/**
 * Only what nobody can take for an answer counts unless more is asked for: no endpoint is ejected because an
 * application says 500 to some of its clients.
 */
export const DEFAULT_OUTLIER: OutlierSpec = {
  consecutiveFaults: 5,
  consecutiveGatewayErrors: 0,
  consecutive5xx: 0,
  failurePercent: 0,
  latencyFactor: 0,
  minRequests: 100,
  intervalMs: 10_000,
  baseEjectionMs: 10_000,
  maxEjectionMs: 300_000,
  maxEjectedPercent: 30,
  returnMs: 10_000,
}

/** `report`: it is told; `down-weight`: it is told, and gets less. */
export type AttributionMode = 'off' | 'report' | 'down-weight'

export const DEFAULT_PANIC_PERCENT = 50

/** More than that at once is more than most endpoints do at once. */
export const DEFAULT_NEAR_LOAD = 100

/** A cookie that keeps a client at one endpoint. */
export interface StickySpec {
  /** `persistent`: for as long as the endpoint may get requests. `balanced`: until endpoints come and take their share. */
  readonly mode: 'persistent' | 'balanced'
  readonly cookie: string
  readonly path: string
  /** Seconds; absent, until the browser is closed. */
  readonly maxAgeS?: number
  readonly sameSite: 'Strict' | 'Lax' | 'None'
  /** `persistent` clients stay at an endpoint that drains for as long as it is there. */
  readonly untilEnd?: true
  /** Of the hash that stands for an endpoint: the same in all replicas, and nothing that clients know. */
  readonly key: string
}

/** Upstream connections of one worker to one endpoint. */
export interface ConnectionSpec {
  /** At work at the same time. */
  readonly max?: number
  /** Kept without a request. */
  readonly maxIdle?: number
  /** Milliseconds; 0 is no limit. */
  readonly idleMs?: number
  /** Not to be asked by `Expect: 100-continue`, while endpoints come and go, before a body that could not be sent again. */
  readonly asksFirst?: false
}

export type BalancerSpec =
  | { readonly kind: 'round-robin' | 'random' | 'least-request' | 'peak-ewma' }
  /** Requests that agree in all of these go to the same endpoint. */
  | { readonly kind: 'maglev'; readonly on: readonly HashKey[] }

/** A part of a request: the address of its client, its path, the value of a header field or of a cookie. */
export type HashKey = 'client' | 'path' | `header:${string}` | `cookie:${string}`

/** `draining` finishes what it has; it gets nothing new. */
export interface EndpointSpec {
  /** An IP address without brackets. */
  readonly address: string
  readonly port: number
  readonly weight: number
  readonly zone?: string
  readonly node?: string
  /** Which template its Pod was made from: its `pod-template-hash`, or what others call that. */
  readonly revision?: string
  /** Where near endpoints are asked for: on our node or in our zone, or meant for clients there. */
  readonly near?: 'node' | 'zone'
  readonly state: 'ready' | 'draining'
  /**
   * Where somebody ends it: how long it has, in milliseconds from when it was told to end. A duration, since the clocks
   * of a cluster, its nodes and ours need not agree. Long streams to it are closed before that.
   */
  readonly graceMs?: number
  /** Since when its Pod is ready: milliseconds since the epoch by the clock of the cluster, where that is known. */
  readonly readyAt?: number
  /** How this one is asked for its health, where that is not the same for all. */
  readonly healthCheck?: CheckSpec
}

/** `address:port`, IPv6 in brackets: what tells endpoints of a cluster apart. */
export function endpointId({ address, port }: Pick<EndpointSpec, 'address' | 'port'>): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
