/** What holds for the whole proxy and can change while it runs. */
import { DEFAULT_TLS, type TlsSpec } from './tls.ts'

export interface ProxySettings {
  readonly limits: {
    /** Bytes of the request line (RFC 9112 section 3 asks for at least 8000). */
    readonly requestLineBytes: number
    /** Bytes and number of fields of one header or trailer section, requests and responses alike. */
    readonly headerBytes: number
    readonly headerFields: number
    /** Open downstream connections of all workers, in all and from one client address; 0 is no limit. */
    readonly connections: number
    readonly connectionsPerClient: number
    /** TLS handshakes that one worker begins in a second, in all and with one client address; 0 is no limit. */
    readonly handshakes: number
    readonly handshakesPerClient: number
    /** UDP sessions that one worker keeps, of all ports together; 0 is no limit. */
    readonly udpSessions: number
    /** Idle upstream connections kept for one endpoint by one worker. */
    readonly idleUpstreamConnections: number
  }
  readonly timeouts: {
    /** From the first byte of a request (or the accept) to the end of its header section. */
    readonly headerMs: number
    /** Longest gap between parts of a request body. */
    readonly bodyGapMs: number
    /** Keep-alive connection without a request. */
    readonly idleMs: number
    /** Longest time a client takes nothing of an answer that waits for it. */
    readonly writeGapMs: number
    /** Upstream keep-alive connection without a request. */
    readonly upstreamIdleMs: number
    /** Upgraded connection (WebSocket) without a byte either way. */
    readonly tunnelIdleMs: number
    /** UDP session without a datagram either way. */
    readonly udpIdleMs: number
  }
  /** For hosts that ask for nothing else. */
  readonly tls: TlsSpec
  readonly proxyProtocol: ProxyProtocolSpec
  readonly http2: {
    /** Whether clients are offered it: by ALPN over TLS, and by prior knowledge on the plain port. */
    readonly enabled: boolean
    /** Most requests of one connection at once. */
    readonly maxStreams: number
    /** Age at which a connection is asked to end, once its requests are answered; 0 is no limit. */
    readonly maxAgeMs: number
  }
  readonly overload: OverloadSpec
  /** CIDR ranges whose X-Forwarded-* fields are believed. */
  readonly trustedProxies: readonly string[]
  /** Send `Forwarded` (RFC 7239) beside the X-Forwarded-* fields. */
  readonly sendForwarded: boolean
  /** Write access-log lines, where the process has a place for them. */
  readonly accessLog: boolean
}

/** When a worker sheds requests. */
export interface OverloadSpec {
  /** Its event loop is later than this all the time; 0 never. */
  readonly delayMs: number
  /** The process uses more than this of its memory; 0 never. */
  readonly memoryPercent: number
}

/** What a connection begins with: who it is for, as a load balancer says. */
export interface ProxyProtocolSpec {
  /** `required`: nobody is served without. `optional`: it is read where it comes. */
  readonly mode: 'off' | 'optional' | 'required'
  /** CIDR ranges of who is believed; nobody else is served where it is required. Without any, it is anybody there. */
  readonly from: readonly string[]
}

export const DEFAULT_SETTINGS: ProxySettings = {
  limits: {
    requestLineBytes: 16 * 1024,
    headerBytes: 64 * 1024,
    headerFields: 128,
    connections: 50_000,
    connectionsPerClient: 0,
    handshakes: 0,
    handshakesPerClient: 0,
    udpSessions: 10_000,
    idleUpstreamConnections: 512,
  },
  timeouts: {
    headerMs: 10_000,
    bodyGapMs: 60_000,
    idleMs: 75_000,
    writeGapMs: 60_000,
    upstreamIdleMs: 60_000,
    tunnelIdleMs: 3_600_000,
    udpIdleMs: 60_000,
  },
  tls: DEFAULT_TLS,
  proxyProtocol: { mode: 'off', from: [] },
  http2: { enabled: true, maxStreams: 128, maxAgeMs: 3_600_000 },
  overload: { delayMs: 200, memoryPercent: 95 },
  trustedProxies: [],
  sendForwarded: false,
  accessLog: true,
}
