/**
 * Every option, as one table: flag, environment variable, default, parser and documentation come from its row.
 * A flag beats the environment beats the default; of a flag given twice the last one counts.
 *
 * The key of a row gives its other names: `httpPort` is `--http-port` and `SLUICE_HTTP_PORT`.
 */
import { availableParallelism, hostname } from 'node:os'
import { ENDPOINT_FLAGS } from './config/endpoint-flags.ts'
import {
  ADDRESS,
  CLASS_NAME,
  CONTROLLER_NAME,
  LOG_TARGET,
  NAMESPACE,
  NAMESPACES,
  OBJECT_NAME,
  PATH,
  PORT,
  PUBLISHED_ADDRESSES,
  SERVICE_PORT,
  ZONE,
} from './config/fields.ts'
import { flag, liveFlag, timeFlag, type ValueOf } from './config/flag.ts'
import { HEALTH_FLAGS } from './config/health-flags.ts'
import { LIMIT_STORE_FLAGS } from './config/limit-store-flags.ts'
import { PEER_FLAGS } from './config/peer-flags.ts'
import { RESILIENCE_FLAGS } from './config/resilience-flags.ts'
import { LOG_LEVELS } from './lib/log.ts'
import { boolean, integer } from './lib/schema.ts'

const TIME = { value: 'DURATION' }
const SIZE = { value: 'BYTES' }
const COUNT = { value: 'N' }

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
    doc: 'Addresses or host names to write there instead of those of a Service.',
  }),
  publishNodes: flag({
    field: boolean(),
    default: false,
    commands: ['controller'],
    doc: 'Without either, write there the addresses of the nodes that Sluice runs on, for Pods on the network of their hosts.',
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
  nodeName: flag<string | undefined>({
    field: CLASS_NAME,
    value: 'NAME',
    default: undefined,
    shown: 'none',
    variable: 'NODE_NAME',
    doc: 'Node that Sluice runs on: which endpoints are near. Its zone is learnt from endpoints on it.',
  }),
  zone: flag({
    field: ZONE,
    value: 'ZONE',
    default: '',
    shown: 'that of endpoints on the same node',
    doc: 'Zone that Sluice runs in, as endpoints name theirs; empty is not known.',
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
    doc: 'Port for HTTPS; 0 picks a free one and prints it.',
  }),
  publicHttpPort: flag<number | undefined>({
    field: PORT,
    value: 'N',
    default: undefined,
    shown: 'serve: the port itself; controller: 80',
    doc: 'Port by which clients reach HTTP, where a Service or load balancer maps it: what X-Forwarded-Port says.',
  }),
  publicHttpsPort: flag<number | undefined>({
    field: PORT,
    value: 'N',
    default: undefined,
    shown: 'serve: the port itself; controller: 443',
    doc: 'The same for HTTPS; redirects lead there, too.',
  }),
  defaultSslCertificate: flag<string | undefined>({
    field: OBJECT_NAME,
    value: 'NAMESPACE/NAME',
    default: undefined,
    shown: 'none, one is made at the start',
    doc: 'Secret with the certificate for hosts without one of their own, and for clients that name no host.',
  }),
  tcpServicesConfigmap: flag<string | undefined>({
    field: OBJECT_NAME,
    value: 'NAMESPACE/NAME',
    default: undefined,
    shown: 'none',
    doc: 'ConfigMap of TCP services: each key is a port, its value NAMESPACE/SERVICE:PORT[:PROXY][:PROXY].',
  }),
  udpServicesConfigmap: flag<string | undefined>({
    field: OBJECT_NAME,
    value: 'NAMESPACE/NAME',
    default: undefined,
    shown: 'none',
    doc: 'The same of UDP services: NAMESPACE/SERVICE:PORT.',
  }),
  adminPort: flag({
    field: PORT,
    value: 'N',
    default: 10_254,
    doc: 'Port for /healthz, /readyz, /metrics and /debug; 0 picks a free one and prints it.',
  }),
  hashClients: flag({
    field: boolean(),
    default: false,
    doc: 'Show hashes for the addresses of clients on the pages of the admin port.',
  }),
  ...PEER_FLAGS,
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
  metricServers: liveFlag('metricServers', { value: 'ADDRESS,...', shown: 'none' }),
  trustedProxies: liveFlag('trustedProxies', { value: 'RANGE,...', shown: 'nobody' }),
  proxyProtocol: liveFlag('proxyProtocol.mode', { value: 'off|optional|required' }),
  proxyProtocolFrom: liveFlag('proxyProtocol.from', {
    value: 'RANGE,...',
    shown: 'nobody, or anybody where it is required',
  }),
  forwardedHeader: liveFlag('forwardedHeader'),
  accessLog: flag({
    field: LOG_TARGET,
    value: 'stdout|FILE|off',
    default: 'stdout',
    doc: 'Where a line of JSON for each request goes. A SluiceConfig can silence it: spec.logs.access.',
  }),
  logLevel: liveFlag('logs.level', { value: LOG_LEVELS.join('|') }),
  drainDelay: timeFlag(0, 'At the end: time that connections are still taken while load balancers look away.'),
  drainTimeout: timeFlag(30_000, 'After that: longest time for requests in flight to finish.'),
  headerTimeout: liveFlag('timeouts.header', TIME),
  bodyTimeout: liveFlag('timeouts.body', TIME),
  idleTimeout: liveFlag('timeouts.idle', TIME),
  writeTimeout: liveFlag('timeouts.write', TIME),
  tunnelIdleTimeout: liveFlag('timeouts.tunnelIdle', TIME),
  udpIdleTimeout: liveFlag('timeouts.udpIdle', TIME),
  http2: liveFlag('http2.enabled'),
  http2MaxStreams: liveFlag('http2.maxStreams', COUNT),
  http2MaxAge: liveFlag('http2.maxAge', TIME),
  connectTimeout: liveFlag('routeDefaults.timeouts.connect', TIME),
  responseTimeout: liveFlag('routeDefaults.timeouts.response', TIME),
  requestTimeout: liveFlag('routeDefaults.timeouts.request', TIME),
  upstreamIdleTimeout: liveFlag('backendDefaults.connections.idleTimeout', TIME),
  loadBalancing: liveFlag('backendDefaults.loadBalancing.algorithm', { value: 'ALGORITHM' }),
  hashOn: liveFlag('backendDefaults.loadBalancing.hashOn', { value: 'KEY,...' }),
  ...ENDPOINT_FLAGS,
  ...HEALTH_FLAGS,
  ...RESILIENCE_FLAGS,
  sslRedirect: liveFlag('routeDefaults.https.redirect'),
  hsts: liveFlag('routeDefaults.https.hsts.enabled'),
  hstsMaxAge: liveFlag('routeDefaults.https.hsts.maxAgeSeconds', { value: 'SECONDS' }),
  hstsIncludeSubdomains: liveFlag('routeDefaults.https.hsts.includeSubdomains'),
  hstsPreload: liveFlag('routeDefaults.https.hsts.preload'),
  ocspStapling: liveFlag('tls.ocspStapling'),
  sessionTicketKeysSecret: liveFlag('tls.sessionTicketKeysSecret', {
    value: 'NAMESPACE/NAME',
    shown: 'none, each process makes its own',
  }),
  tlsVersions: liveFlag('routeDefaults.tls.versions', { value: 'VERSION,...' }),
  tlsCiphers: liveFlag('routeDefaults.tls.ciphers', { value: 'CIPHER,...' }),
  tlsCurves: liveFlag('routeDefaults.tls.curves', { value: 'GROUP,...' }),
  ...LIMIT_STORE_FLAGS,
  compression: liveFlag('routeDefaults.compression.enabled'),
  compressionCodings: liveFlag('routeDefaults.compression.codings', { value: 'CODING,...' }),
  compressionTypes: liveFlag('routeDefaults.compression.types', { value: 'TYPE,...' }),
  compressionMinSize: liveFlag('routeDefaults.compression.minSize', SIZE),
  requestLineLimit: liveFlag('limits.requestLine', SIZE),
  headerLimit: liveFlag('limits.header', SIZE),
  headerFieldLimit: liveFlag('limits.headerFields', COUNT),
  bodyLimit: liveFlag('routeDefaults.maxBodySize', SIZE),
  maxConnections: liveFlag('limits.connections', COUNT),
  maxConnectionsPerClient: liveFlag('limits.connectionsPerClient', COUNT),
  maxHandshakes: liveFlag('limits.handshakes', COUNT),
  maxHandshakesPerClient: liveFlag('limits.handshakesPerClient', COUNT),
  maxUdpSessions: liveFlag('limits.udpSessions', COUNT),
  idleUpstreamConnections: liveFlag('backendDefaults.connections.maxIdle', COUNT),
  expectContinue: liveFlag('backendDefaults.connections.expectContinue'),
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
