/**
 * Every option, as one table: flag, environment variable, default, parser and documentation come from its row.
 * A flag beats the environment beats the default; of a flag given twice the last one counts.
 *
 * The key of a row gives its other names: `httpPort` is `--http-port` and `SLUICE_HTTP_PORT`.
 */
import { availableParallelism, hostname } from 'node:os'
import {
  ADDRESS,
  BUFFER_SIZE,
  CLASS_NAME,
  CONTROLLER_NAME,
  LOG_TARGET,
  NAMESPACE,
  NAMESPACES,
  OBJECT_NAME,
  PATH,
  PORT,
  PUBLISHED_ADDRESSES,
  RANGES,
  SERVICE_PORT,
} from './config/fields.ts'
import { countFlag, flag, showBytes, timeFlag, type ValueOf } from './config/flag.ts'
import { ROUTE_POLICY as ROUTE, DEFAULT_ROUTE_POLICY as ROUTE_DEFAULTS } from './controller/api/route-policy.ts'
import { LOG_LEVELS, type LogLevel } from './lib/log.ts'
import { boolean, duration, integer, oneOf } from './lib/schema.ts'
import { DEFAULT_SETTINGS, type ProxySettings } from './model/settings.ts'

const { limits, timeouts } = DEFAULT_SETTINGS
const TIME = duration()
const UP_TO_A_MILLION = [0, 1_000_000] as const

export const FLAGS = {
  manifests: flag({
    field: PATH,
    value: 'DIR',
    default: '',
    required: true,
    commands: ['serve'],
    doc: 'Folder of Kubernetes manifests to serve. It is watched: changes apply at once.',
  }),
  kubeconfig: flag<string | undefined>({
    field: PATH,
    value: 'FILE',
    default: undefined,
    shown: 'the ServiceAccount of the Pod',
    commands: ['controller'],
    doc: 'How to reach the cluster, and as whom. It is read again when it changes.',
  }),
  watchNamespace: flag<readonly string[]>({
    field: NAMESPACES,
    value: 'NAMESPACE,...',
    default: [],
    shown: 'all of them',
    commands: ['controller'],
    doc: 'Namespaces to read; what is in the others is not even asked for.',
  }),
  secretNamespaces: flag<readonly string[]>({
    field: NAMESPACES,
    value: 'NAMESPACE,...',
    default: [],
    shown: 'none',
    commands: ['controller'],
    doc: 'Namespaces whose Secrets are watched; in others they are read by name, and again every 30 seconds.',
  }),
  publishService: flag<string | undefined>({
    field: OBJECT_NAME,
    value: 'NAMESPACE/NAME',
    default: undefined,
    shown: 'none',
    commands: ['controller'],
    doc: 'Service whose addresses are written into the status of Ingresses.',
  }),
  publishAddress: flag<readonly string[]>({
    field: PUBLISHED_ADDRESSES,
    value: 'ADDRESS,...',
    default: [],
    shown: 'none',
    commands: ['controller'],
    doc: 'Addresses or host names to write there instead.',
  }),
  podNamespace: flag<string | undefined>({
    field: NAMESPACE,
    value: 'NAMESPACE',
    default: undefined,
    shown: 'none: no Lease, and nothing is written to the cluster',
    commands: ['controller'],
    variable: 'POD_NAMESPACE',
    doc: 'Namespace that Sluice runs in, where the replicas keep the Lease that says who writes status and Events.',
  }),
  podName: flag<string | undefined>({
    field: CLASS_NAME,
    value: 'NAME',
    default: undefined,
    shown: 'the name of the machine, and chance',
    commands: ['controller'],
    variable: 'POD_NAME',
    doc: 'What this replica calls itself in the Lease.',
  }),
  electionId: flag({
    field: CLASS_NAME,
    value: 'NAME',
    default: 'sluice-leader',
    commands: ['controller'],
    doc: 'Name of the Lease. Installations in one namespace need one each.',
  }),
  bind: flag({ field: ADDRESS, value: 'ADDRESS', default: '127.0.0.1', doc: 'Address that all ports listen on.' }),
  httpPort: flag({ field: PORT, value: 'N', default: 8080, doc: 'Port for HTTP; 0 picks a free one and prints it.' }),
  httpsPort: flag({
    field: PORT,
    value: 'N',
    default: 8443,
    doc: 'Port for HTTPS. There is no TLS in this version: nothing listens on it.',
  }),
  adminPort: flag({
    field: PORT,
    value: 'N',
    default: 10_254,
    doc: 'Port for /healthz, /readyz, /metrics and /debug; 0 picks a free one and prints it.',
  }),
  workers: flag({
    field: integer(1, 256),
    value: 'N',
    default: availableParallelism(),
    shown: `one for each core, ${availableParallelism()} here`,
    doc: 'Threads that carry the traffic.',
  }),
  youngGeneration: flag({
    field: integer(1, 1024),
    value: 'MIB',
    default: 64,
    doc: 'Memory for short-lived objects of one worker, in MiB; more of it is less work for the collector.',
  }),
  ingressClass: flag({
    field: CLASS_NAME,
    value: 'NAME',
    default: 'sluice',
    doc: 'Class of the Ingresses to serve, beside those of IngressClass objects that are ours.',
  }),
  controllerClass: flag({
    field: CONTROLLER_NAME,
    value: 'NAME',
    default: 'sluice.dev/ingress-controller',
    doc: 'spec.controller of the IngressClass objects that are ours.',
  }),
  defaultBackendService: flag<string | undefined>({
    field: SERVICE_PORT,
    value: 'NAMESPACE/NAME:PORT',
    default: undefined,
    shown: 'none, they get 404',
    doc: 'Service for requests that no Ingress wants.',
  }),
  allowExternalName: flag({
    field: boolean(),
    default: false,
    doc: 'Serve Services of type ExternalName. Whoever may write one decides where requests go.',
  }),
  trustedProxies: flag({
    field: RANGES,
    value: 'RANGE,...',
    default: DEFAULT_SETTINGS.trustedProxies,
    shown: 'nobody',
    doc: 'Addresses whose X-Forwarded-* fields are believed.',
  }),
  forwardedHeader: flag({
    field: boolean(),
    default: DEFAULT_SETTINGS.sendForwarded,
    doc: 'Send Forwarded (RFC 7239) to backends, beside X-Forwarded-*.',
  }),
  accessLog: flag({
    field: LOG_TARGET,
    value: 'stdout|FILE|off',
    default: 'stdout',
    doc: 'Where a line of JSON for each request goes.',
  }),
  logLevel: flag<LogLevel>({
    field: oneOf(...LOG_LEVELS),
    value: LOG_LEVELS.join('|'),
    default: 'info',
    doc: 'Log on stderr.',
  }),
  drainDelay: timeFlag(TIME, 0, 'At the end: time that connections are still taken while load balancers look away.'),
  drainTimeout: timeFlag(TIME, 30_000, 'After that: longest time for requests in flight to finish.'),
  headerTimeout: timeFlag(
    TIME,
    timeouts.headerMs,
    'From the accept, or the first byte of a later request, to the end of the header.',
  ),
  bodyTimeout: timeFlag(TIME, timeouts.bodyGapMs, 'Longest gap between parts of a request body.'),
  idleTimeout: timeFlag(TIME, timeouts.idleMs, 'Client connection without a request, after its first one.'),
  writeTimeout: timeFlag(TIME, timeouts.writeGapMs, 'Longest time that a client takes nothing of its answer.'),
  tunnelIdleTimeout: timeFlag(TIME, timeouts.tunnelIdleMs, 'Upgraded connection (WebSocket) without a byte.'),
  connectTimeout: timeFlag(ROUTE.connectTimeout, ROUTE_DEFAULTS.connectTimeout, 'Until an endpoint is connected.'),
  responseTimeout: timeFlag(ROUTE.responseTimeout, ROUTE_DEFAULTS.responseTimeout, 'Longest silence of an endpoint.'),
  requestTimeout: timeFlag(ROUTE.requestTimeout, ROUTE_DEFAULTS.requestTimeout, 'Whole request, retries included.'),
  upstreamIdleTimeout: timeFlag(TIME, timeouts.upstreamIdleMs, 'Connection to an endpoint without a request.'),
  retryAttempts: flag({
    field: ROUTE.retryAttempts,
    value: 'N',
    default: ROUTE_DEFAULTS.retryAttempts,
    doc: 'Attempts after the first, where a repetition is safe.',
  }),
  requestLineLimit: flag({
    field: BUFFER_SIZE,
    value: 'BYTES',
    default: limits.requestLineBytes,
    shown: showBytes(limits.requestLineBytes),
    doc: 'Longest request line.',
  }),
  headerLimit: flag({
    field: BUFFER_SIZE,
    value: 'BYTES',
    default: limits.headerBytes,
    shown: showBytes(limits.headerBytes),
    doc: 'Largest header section, of requests and responses.',
  }),
  headerFieldLimit: countFlag([1, 10_000], limits.headerFields, 'Most fields of a header section.'),
  bodyLimit: flag({
    field: ROUTE.maxBodySize,
    value: 'BYTES',
    default: ROUTE_DEFAULTS.maxBodySize,
    doc: 'Largest request body; 0 is no limit.',
  }),
  maxConnections: countFlag(UP_TO_A_MILLION, limits.connections, 'Client connections of all workers; 0 is no limit.'),
  maxConnectionsPerClient: countFlag(
    UP_TO_A_MILLION,
    limits.connectionsPerClient,
    'Connections of all workers from one address; 0 is no limit.',
  ),
  idleUpstreamConnections: countFlag(
    UP_TO_A_MILLION,
    limits.idleUpstreamConnections,
    'Idle connections that one worker keeps to one endpoint.',
  ),
} as const

export type FlagKey = keyof typeof FLAGS
export type Config = { readonly [K in FlagKey]: ValueOf<(typeof FLAGS)[K]> }

/** What this machine is called; in a container, the Pod. */
export function machineName(): string {
  return hostname()
}

/** The variables that the process was started with. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env
}

/** What of it goes to the proxy as a whole. */
export function proxySettings(config: Config): ProxySettings {
  return {
    limits: {
      requestLineBytes: config.requestLineLimit,
      headerBytes: config.headerLimit,
      headerFields: config.headerFieldLimit,
      connections: config.maxConnections,
      connectionsPerClient: config.maxConnectionsPerClient,
      idleUpstreamConnections: config.idleUpstreamConnections,
    },
    timeouts: {
      headerMs: config.headerTimeout,
      bodyGapMs: config.bodyTimeout,
      idleMs: config.idleTimeout,
      writeGapMs: config.writeTimeout,
      upstreamIdleMs: config.upstreamIdleTimeout,
      tunnelIdleMs: config.tunnelIdleTimeout,
    },
    trustedProxies: config.trustedProxies,
    sendForwarded: config.forwardedHeader,
  }
}
