/**
 * SluiceConfig: what the operator decides for a class and, of one class, for the whole process. Each leaf is also an
 * option of the command line, which is the weakest source of its value.
 */
import { LOG_LEVELS, type LogLevel } from '../../lib/log.ts'
import {
  addressRange,
  boolean,
  bytes,
  duration,
  integer,
  type Leaves,
  list,
  object,
  oneOf,
  optional,
  text,
} from '../../lib/schema.ts'
import { DEFAULT_NEAR_LOAD, DEFAULT_PANIC_PERCENT } from '../../model/cluster.ts'
import { DEFAULT_SETTINGS, type ProxySettings } from '../../model/settings.ts'
import { CLUSTER_OPTIONS } from './backend-policy.ts'
import { LONGEST_METRIC_ADDRESS, METRIC_ADDRESS } from './canary-analysis.ts'
import { DEFAULT_ENDPOINT_VALUES } from './endpoint-options.ts'
import { DEFAULT_HEALTH_VALUES } from './health-options.ts'
import type { Identified } from './kubernetes/metadata.ts'
import { DEFAULT_LIMIT_STORE_VALUES, LIMIT_STORE_OPTIONS } from './limit-store-options.ts'
import { OBJECT_NAME } from './object-name.ts'
import type { Declared } from './policy/declared.ts'
import { DEFAULT_RESILIENCE_ROUTE_VALUES, DEFAULT_RESILIENCE_VALUES } from './resilience-options.ts'
import { DEFAULT_ROUTE_VALUES, ROUTE_OPTIONS } from './route-policy.ts'

/** Sizes of buffers: large enough for any client to work, small enough for many of them. */
const BUFFER = bytes(1024, 1024 * 1024)
const UP_TO_A_MILLION = integer(0, 1_000_000)

const LIMITS = object({
  requestLine: optional(BUFFER, 'Longest request line.'),
  header: optional(BUFFER, 'Largest header section, of requests and responses.'),
  headerFields: optional(integer(1, 10_000), 'Most fields of a header section.'),
  connections: optional(UP_TO_A_MILLION, 'Client connections of all workers; 0 is no limit.'),
  connectionsPerClient: optional(UP_TO_A_MILLION, 'Connections of all workers from one address; 0 is no limit.'),
  handshakes: optional(UP_TO_A_MILLION, 'TLS handshakes that one worker begins in a second; 0 is no limit.'),
  handshakesPerClient: optional(UP_TO_A_MILLION, 'The same with one address; 0 is no limit.'),
  udpSessions: optional(UP_TO_A_MILLION, 'Sessions of UDP services that one worker keeps; 0 is no limit.'),
})

const TIMEOUTS = object({
  header: optional(duration(), 'From the accept, or the first byte of a later request, to the end of the header.'),
  body: optional(duration(), 'Longest gap between parts of a request body.'),
  idle: optional(duration(), 'Client connection without a request, after its first one.'),
  write: optional(duration(), 'Longest time that a client takes nothing of its answer.'),
  tunnelIdle: optional(duration(), 'Upgraded connection (WebSocket), or one passed on as it is, without a byte.'),
  udpIdle: optional(duration(), 'Session of a UDP service without a datagram.'),
})

const HTTP2 = object({
  enabled: optional(boolean(), 'Offer HTTP/2: by ALPN over TLS, by prior knowledge on the port for HTTP.'),
  maxStreams: optional(integer(1, 10_000), 'Most requests of one connection at once.'),
  maxAge: optional(duration(), 'Age at which a connection is asked to end, as requests allow; 0 is no limit.'),
})

const OVERLOAD = object({
  eventLoopDelay: optional(
    duration(),
    'A worker whose event loop is later than this all the time sheds requests; 0 is off.',
  ),
  memoryPercent: optional(
    integer(0, 100),
    'All do where the process uses more than this of the memory it may have; 0 is off.',
  ),
})

const LOGS = object({
  level: optional(oneOf(...LOG_LEVELS), 'Log on stderr.'),
  access: optional(boolean(), 'Write a line for each request, to where the option --access-log says.'),
})

const PROXY_PROTOCOL = object({
  mode: optional(
    oneOf('off', 'optional', 'required'),
    'Whether connections begin with a header of the PROXY protocol, version 1 or 2. required: without one they are closed. optional: it is read where it comes from one of proxyProtocol.from.',
  ),
  from: optional(
    list(addressRange()),
    'Addresses of load balancers. Others are closed where a header is required; without any, it is anybody there.',
  ),
})

const TLS = object({
  ocspStapling: optional(
    boolean(),
    'Staple what the responders of certificates say of them (OCSP) to handshakes. Each replica asks for itself.',
  ),
  sessionTicketKeysSecret: optional(
    text(new RegExp(`(${OBJECT_NAME})?`), 'namespace/name of a Secret'),
    'Secret (NAMESPACE/NAME) with the keys of session tickets that replicas share, each entry of 48 random bytes. The first by name seals, all open.',
  ),
})

const METRIC_SERVER = text(
  new RegExp(`[*]|${METRIC_ADDRESS.source}`),
  'an address such as http://prometheus.monitoring:9090, or *',
  LONGEST_METRIC_ADDRESS,
)

export const CONFIG_SPEC = {
  limits: optional(LIMITS, 'How much a client may ask for. For the whole process.'),
  timeouts: optional(TIMEOUTS, 'How long a client may take; 0 is no limit. For the whole process.'),
  http2: optional(HTTP2, 'HTTP/2 of clients. For the whole process.'),
  trustedProxies: optional(
    list(addressRange()),
    'Addresses whose X-Forwarded-* fields are believed. For the whole process.',
  ),
  forwardedHeader: optional(
    boolean(),
    'Send Forwarded (RFC 7239) to backends, beside X-Forwarded-*. For the whole process.',
  ),
  proxyProtocol: optional(PROXY_PROTOCOL, 'Who a connection is for, as load balancers say. For the whole process.'),
  tls: optional(TLS, 'HTTPS of all hosts. For the whole process.'),
  ...LIMIT_STORE_OPTIONS,
  overload: optional(OVERLOAD, 'When requests are answered 503, those of low priority first. For the whole process.'),
  metricServers: optional(
    list(METRIC_SERVER),
    'Addresses that metrics of a CanaryPolicy may name, and what lies below them, such as http://prometheus.monitoring:9090; * is any. For the whole process.',
  ),
  logs: optional(LOGS, 'What is logged. For the whole process.'),
  routeDefaults: optional(object(ROUTE_OPTIONS), 'What a RoutePolicy or annotation may override. For this class.'),
  backendDefaults: optional(object(CLUSTER_OPTIONS), 'What a BackendPolicy may override. For the whole process.'),
}

export type ConfigValues = Leaves<typeof CONFIG_SPEC>
export type ConfigPath = keyof ConfigValues

const { limits, timeouts } = DEFAULT_SETTINGS

export const DEFAULT_CONFIG: ConfigValues = {
  'limits.requestLine': limits.requestLineBytes,
  'limits.header': limits.headerBytes,
  'limits.headerFields': limits.headerFields,
  'limits.connections': limits.connections,
  'limits.connectionsPerClient': limits.connectionsPerClient,
  'limits.handshakes': limits.handshakes,
  'limits.handshakesPerClient': limits.handshakesPerClient,
  'limits.udpSessions': limits.udpSessions,
  'timeouts.header': timeouts.headerMs,
  'timeouts.body': timeouts.bodyGapMs,
  'timeouts.idle': timeouts.idleMs,
  'timeouts.write': timeouts.writeGapMs,
  'timeouts.tunnelIdle': timeouts.tunnelIdleMs,
  'timeouts.udpIdle': timeouts.udpIdleMs,
  'http2.enabled': DEFAULT_SETTINGS.http2.enabled,
  'http2.maxStreams': DEFAULT_SETTINGS.http2.maxStreams,
  'http2.maxAge': DEFAULT_SETTINGS.http2.maxAgeMs,
  trustedProxies: DEFAULT_SETTINGS.trustedProxies,
  forwardedHeader: DEFAULT_SETTINGS.sendForwarded,
  'proxyProtocol.mode': DEFAULT_SETTINGS.proxyProtocol.mode,
  'proxyProtocol.from': DEFAULT_SETTINGS.proxyProtocol.from,
  'tls.ocspStapling': false,
  'tls.sessionTicketKeysSecret': '',
  ...DEFAULT_LIMIT_STORE_VALUES,
  'overload.eventLoopDelay': DEFAULT_SETTINGS.overload.delayMs,
  'overload.memoryPercent': DEFAULT_SETTINGS.overload.memoryPercent,
  metricServers: [],
  'logs.level': 'info' satisfies LogLevel,
  'logs.access': DEFAULT_SETTINGS.accessLog,
  'routeDefaults.timeouts.connect': DEFAULT_ROUTE_VALUES['timeouts.connect'],
  'routeDefaults.timeouts.response': DEFAULT_ROUTE_VALUES['timeouts.response'],
  'routeDefaults.timeouts.request': DEFAULT_ROUTE_VALUES['timeouts.request'],
  ...below('routeDefaults', DEFAULT_RESILIENCE_ROUTE_VALUES),
  'routeDefaults.https.redirect': DEFAULT_ROUTE_VALUES['https.redirect'],
  'routeDefaults.https.hsts.enabled': DEFAULT_ROUTE_VALUES['https.hsts.enabled'],
  'routeDefaults.https.hsts.maxAgeSeconds': DEFAULT_ROUTE_VALUES['https.hsts.maxAgeSeconds'],
  'routeDefaults.https.hsts.includeSubdomains': DEFAULT_ROUTE_VALUES['https.hsts.includeSubdomains'],
  'routeDefaults.https.hsts.preload': DEFAULT_ROUTE_VALUES['https.hsts.preload'],
  'routeDefaults.tls.versions': DEFAULT_ROUTE_VALUES['tls.versions'],
  'routeDefaults.tls.ciphers': DEFAULT_ROUTE_VALUES['tls.ciphers'],
  'routeDefaults.tls.curves': DEFAULT_ROUTE_VALUES['tls.curves'],
  'routeDefaults.compression.enabled': DEFAULT_ROUTE_VALUES['compression.enabled'],
  'routeDefaults.compression.codings': DEFAULT_ROUTE_VALUES['compression.codings'],
  'routeDefaults.compression.types': DEFAULT_ROUTE_VALUES['compression.types'],
  'routeDefaults.compression.minSize': DEFAULT_ROUTE_VALUES['compression.minSize'],
  'routeDefaults.maxBodySize': DEFAULT_ROUTE_VALUES.maxBodySize,
  'backendDefaults.loadBalancing.algorithm': 'round-robin',
  'backendDefaults.loadBalancing.hashOn': ['client'],
  'backendDefaults.loadBalancing.panicPercent': DEFAULT_PANIC_PERCENT,
  'backendDefaults.loadBalancing.prefer': 'service',
  'backendDefaults.loadBalancing.nearLoad': DEFAULT_NEAR_LOAD,
  'backendDefaults.connections.maxIdle': limits.idleUpstreamConnections,
  'backendDefaults.connections.idleTimeout': timeouts.upstreamIdleMs,
  'backendDefaults.connections.expectContinue': true,
  ...below('backendDefaults', DEFAULT_ENDPOINT_VALUES),
  ...below('backendDefaults', DEFAULT_HEALTH_VALUES),
  ...below('backendDefaults', DEFAULT_RESILIENCE_VALUES),
}

type Below<P extends string, V> = { readonly [K in keyof V & string as `${P}.${K}`]: V[K] }

function below<const P extends string, V extends object>(prefix: P, values: V): Below<P, V> {
  return Object.fromEntries(Object.entries(values).map(([path, value]) => [`${prefix}.${path}`, value])) as Below<P, V>
}

/** What of it goes to the proxy as a whole. */
export function settingsOf(values: ConfigValues): ProxySettings {
  return {
    limits: {
      requestLineBytes: values['limits.requestLine'],
      headerBytes: values['limits.header'],
      headerFields: values['limits.headerFields'],
      connections: values['limits.connections'],
      connectionsPerClient: values['limits.connectionsPerClient'],
      handshakes: values['limits.handshakes'],
      handshakesPerClient: values['limits.handshakesPerClient'],
      udpSessions: values['limits.udpSessions'],
      idleUpstreamConnections: values['backendDefaults.connections.maxIdle'],
    },
    timeouts: {
      headerMs: values['timeouts.header'],
      bodyGapMs: values['timeouts.body'],
      idleMs: values['timeouts.idle'],
      writeGapMs: values['timeouts.write'],
      upstreamIdleMs: values['backendDefaults.connections.idleTimeout'],
      tunnelIdleMs: values['timeouts.tunnelIdle'],
      udpIdleMs: values['timeouts.udpIdle'],
    },
    tls: {
      versions: values['routeDefaults.tls.versions'],
      ciphers: values['routeDefaults.tls.ciphers'],
      curves: values['routeDefaults.tls.curves'],
    },
    proxyProtocol: { mode: values['proxyProtocol.mode'], from: values['proxyProtocol.from'] },
    http2: {
      enabled: values['http2.enabled'],
      maxStreams: values['http2.maxStreams'],
      maxAgeMs: values['http2.maxAge'],
    },
    overload: { delayMs: values['overload.eventLoopDelay'], memoryPercent: values['overload.memoryPercent'] },
    trustedProxies: values.trustedProxies,
    sendForwarded: values.forwardedHeader,
    accessLog: values['logs.access'],
  }
}

export const CONFIG_KIND = 'SluiceConfig.sluice.dev'

export interface SluiceConfig extends Identified {
  readonly kind: typeof CONFIG_KIND
  readonly spec: Declared<ConfigValues>
  readonly status?: unknown
  /** Paths of bad values whose last good ones stay in `spec.values`. */
  readonly kept?: readonly ConfigPath[]
}
