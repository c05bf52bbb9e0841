/** Active health checks: what an endpoint is asked, how often, and what its answers mean. */

/** One question. What asks it is a row of the table `proxy/supervisor/health/checks.ts`. */
export type ProbeSpec = HttpProbeSpec | TcpProbeSpec | GrpcProbeSpec

/** Any of these statuses is a good answer. */
export interface HttpProbeSpec {
  readonly kind: 'http'
  /** Certificates are not verified, as the kubelet does it: a check is about health, not about identity. */
  readonly tls: boolean
  /** With its query. */
  readonly path: string
  /** Beside those that every request has; a `host` among them replaces address and port. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly statuses: readonly StatusRange[]
  /** The endpoint's own where it is left out. */
  readonly port?: number
}

/** A connection that comes to be is a good answer. */
export interface TcpProbeSpec {
  readonly kind: 'tcp'
  readonly port?: number
}

/** SERVING is a good answer, of `grpc.health.v1.Health`. */
export interface GrpcProbeSpec {
  readonly kind: 'grpc'
  readonly tls: boolean
  /** Name of the service that is asked about; empty for the server as a whole. */
  readonly service: string
  readonly port?: number
}

/** Both ends included. */
export type StatusRange = readonly [from: number, to: number]

export interface CheckSpec {
  readonly probe: ProbeSpec
  /** Milliseconds from the beginning of one check to that of the next. */
  readonly intervalMs: number
  readonly timeoutMs: number
  /** Good answers in a row that make an unhealthy endpoint healthy, bad ones that make a healthy one unhealthy. */
  readonly healthyThreshold: number
  readonly unhealthyThreshold: number
  /** Each interval is up to this percent longer or shorter, so that replicas and endpoints do not keep in step. */
  readonly jitterPercent: number
}
