/** Who can serve a request: a cluster for each Service port, and its endpoints as a resource of their own. */

/** `namespace/service:port`, the port as the Ingress names it. */
export type ClusterName = string & { readonly __brand: 'ClusterName' }

export interface WeightedCluster {
  readonly name: ClusterName
  readonly weight: number
}

export interface ClusterSpec {
  readonly name: ClusterName
  readonly namespace: string
  readonly service: string
  readonly protocol: 'http/1.1'
  readonly balancer: BalancerSpec
  /** What is not as the settings have it for all clusters. */
  readonly connections?: ConnectionSpec
}

/** Upstream connections without a request. */
export interface ConnectionSpec {
  /** Kept for one endpoint by one worker. */
  readonly maxIdle?: number
  /** Milliseconds; 0 is no limit. */
  readonly idleMs?: number
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
  readonly state: 'ready' | 'draining'
}

/** `address:port`, IPv6 in brackets: what tells endpoints of a cluster apart. */
export function endpointId({ address, port }: EndpointSpec): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
