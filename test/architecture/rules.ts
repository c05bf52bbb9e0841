/**
 * The architecture as tables: who may import whom, where each package is at home, which calls are at home in one
 * file. ARCHITECTURE.md tells the same story in words; when a row changes, so does the story.
 * Paths are relative to `src/`; a folder ends with a slash; the first layer that covers a file is its layer.
 */
export interface Layer {
  readonly name: string
  readonly files: readonly string[]
  /** Names of other layers; its own is understood. */
  readonly imports: readonly string[]
}

/** A package, or a module of Node, and the only files that may import it. */
export interface PackageRow {
  readonly name: string
  readonly files: readonly string[]
}

export interface ForbiddenRow {
  readonly what: string
  /** Matched against code without comments and strings; global. */
  readonly pattern: RegExp
  /** Code that it has to catch: the checker's own test feeds it. */
  readonly catches: readonly string[]
  readonly files: readonly string[]
  readonly instead: string
}

export interface Rules {
  readonly layers: readonly Layer[]
  readonly packages: readonly PackageRow[]
  readonly forbidden: readonly ForbiddenRow[]
  readonly maxLines: number
  readonly vagueName: RegExp
  /** Files that hold types alone, so that two folders need no cycle for a type. */
  readonly typeHubs: readonly string[]
}

/** What every part of the proxy talks in: one request, its header list, the fault table, metric families. */
const WORDS = [
  'proxy/access-log.ts',
  'proxy/access-log-text.ts',
  'proxy/cookie.ts',
  'proxy/date.ts',
  'proxy/deadlines.ts',
  'proxy/departure.ts',
  'proxy/event-stream.ts',
  'proxy/exchange.ts',
  'proxy/client-faults.ts',
  'proxy/cluster-labels.ts',
  'proxy/fault-row.ts',
  'proxy/faults.ts',
  'proxy/field-names.ts',
  'proxy/forward-plan.ts',
  'proxy/grpc.ts',
  'proxy/headers.ts',
  'proxy/messages.ts',
  'proxy/metrics.ts',
  'proxy/passage.ts',
  'proxy/passing-downstream.ts',
  'proxy/query.ts',
  'proxy/request-part.ts',
  'proxy/request-test.ts',
  'proxy/sides.ts',
  'proxy/token-claim.ts',
  'proxy/turn-end.ts',
  'proxy/types.ts',
]

/** What the sockets of both sides share. */
const WIRE = [
  'proxy/h2/',
  'proxy/output.ts',
  'proxy/proxy-header.ts',
  'proxy/reply.ts',
  'proxy/tunnel.ts',
  'proxy/websocket/',
]

const CLOCK = ['lib/clock.ts']
const TAKE_A_CLOCK = 'take a Clock from lib/clock.ts as an argument'

export const RULES: Rules = {
  layers: [
    { name: 'lib', files: ['lib/'], imports: [] },
    { name: 'model', files: ['model/'], imports: [] },

    { name: 'api', files: ['controller/api/'], imports: ['model', 'lib'] },
    { name: 'translate', files: ['controller/translate/'], imports: ['api', 'model', 'lib'] },
    { name: 'kube', files: ['controller/source/kube/'], imports: ['source', 'store', 'api', 'model', 'lib'] },
    { name: 'source', files: ['controller/source/'], imports: ['store', 'api', 'model', 'lib'] },
    {
      name: 'store',
      files: ['controller/store.ts', 'controller/endpoint-pods.ts', 'controller/own-zone.ts'],
      imports: ['translate', 'api', 'model', 'lib'],
    },
    {
      name: 'status',
      files: ['controller/status/'],
      imports: ['observer', 'kube', 'source', 'store', 'translate', 'api', 'model', 'lib'],
    },
    { name: 'observer', files: ['controller/observer.ts'], imports: ['translate', 'api', 'model', 'lib'] },
    // The other replicas; what is told among them is decided elsewhere.
    { name: 'peers', files: ['controller/peers/'], imports: ['api', 'model', 'lib'] },
    // What responders say of certificates.
    { name: 'ocsp', files: ['controller/ocsp/'], imports: ['translate', 'model', 'lib'] },
    { name: 'rollouts', files: ['controller/canary/'], imports: ['observer', 'translate', 'api', 'model', 'lib'] },
    {
      name: 'controller',
      files: ['controller/'],
      imports: ['observer', 'ocsp', 'source', 'store', 'translate', 'api', 'model', 'lib'],
    },

    { name: 'words', files: WORDS, imports: ['shared', 'model', 'lib'] },
    // Memory that workers share.
    { name: 'shared', files: ['proxy/shared/'], imports: ['lib'] },
    { name: 'codec', files: ['proxy/http1/', 'proxy/http2/'], imports: ['words', 'lib'] },
    { name: 'wire', files: WIRE, imports: ['codec', 'words', 'lib'] },
    // Between those who take connections and those who pass them on.
    { name: 'passed', files: ['proxy/passed-on.ts'], imports: ['model'] },
    {
      name: 'downstream',
      files: ['proxy/downstream/'],
      imports: ['shared', 'passed', 'wire', 'codec', 'words', 'model', 'lib'],
    },
    { name: 'upstream', files: ['proxy/upstream/'], imports: ['wire', 'codec', 'words', 'model', 'lib'] },
    { name: 'balance', files: ['proxy/balance/'], imports: ['words', 'model', 'lib'] },
    // Pure: what they decide is carried out by a worker, by the supervisor, or by both.
    {
      name: 'judges',
      files: [
        'proxy/cluster/attribution.ts',
        'proxy/cluster/fitness.ts',
        'proxy/cluster/near.ts',
        'proxy/cluster/outlier.ts',
      ],
      imports: ['model', 'lib'],
    },
    { name: 'cluster', files: ['proxy/cluster/'], imports: ['judges', 'balance', 'shared', 'words', 'model', 'lib'] },
    { name: 'limits', files: ['proxy/limits/'], imports: ['shared', 'words', 'model', 'lib'] },
    { name: 'canary', files: ['proxy/canary/'], imports: ['shared', 'words', 'model', 'lib'] },
    { name: 'filters', files: ['proxy/filters/'], imports: ['limits', 'shared', 'words', 'model', 'lib'] },
    { name: 'resilience', files: ['proxy/resilience/'], imports: ['words', 'model', 'lib'] },
    {
      name: 'forward',
      files: ['proxy/forward.ts', 'proxy/attempts.ts'],
      imports: ['resilience', 'filters', 'wire', 'words', 'model', 'lib'],
    },
    { name: 'layer4', files: ['proxy/layer4/'], imports: ['passed', 'wire', 'words', 'model', 'lib'] },
    {
      name: 'routing',
      files: ['proxy/routing/'],
      imports: ['forward', 'resilience', 'filters', 'canary', 'words', 'model', 'lib'],
    },
    {
      name: 'supervisor',
      files: ['proxy/supervisor.ts', 'proxy/supervisor/'],
      imports: ['judges', 'shared', 'words', 'model', 'lib'],
    },
    {
      name: 'proxy',
      files: ['proxy/'],
      imports: [
        ...['downstream', 'upstream', 'layer4', 'forward', 'resilience', 'routing', 'filters', 'limits'],
        ...['canary', 'cluster', 'balance'],
        ...['shared', 'passed', 'wire', 'codec', 'words', 'model', 'lib'],
      ],
    },

    { name: 'admin', files: ['admin/'], imports: ['supervisor', 'words', 'model', 'lib'] },
    { name: 'config', files: ['config.ts', 'config/'], imports: ['api', 'model', 'lib'] },
    {
      name: 'main',
      files: ['main.ts', 'cli/'],
      imports: [
        ...[
          'admin',
          'config',
          'controller',
          'peers',
          'rollouts',
          'status',
          'observer',
          'ocsp',
          'kube',
          'source',
          'store',
          'translate',
          'api',
        ],
        ...['supervisor', 'words', 'model', 'lib'],
      ],
    },
  ],

  packages: [
    { name: '@kubernetes/client-node', files: ['controller/source/kube/kubeconfig.ts'] },
    { name: 'ioredis', files: ['proxy/limits/store/redis.ts'] },
    { name: 'pino', files: ['lib/log.ts'] },
    { name: 'prom-client', files: ['admin/metrics.ts'] },
    { name: 'undici', files: ['proxy/supervisor/health/http-check.ts', 'proxy/supervisor/health/grpc-check.ts'] },
    { name: 'yaml', files: ['controller/source/'] },
    { name: 'node:worker_threads', files: ['proxy/supervisor.ts', 'proxy/worker.ts'] },
    {
      name: 'node:net',
      files: [
        'proxy/downstream/',
        'proxy/upstream/',
        'proxy/layer4/',
        'proxy/supervisor/',
        'proxy/passed-on.ts',
        ...WIRE,
        'lib/ip.ts',
        'lib/cidr.ts',
      ],
    },
    { name: 'node:dns', files: ['lib/dns.ts'] },
    { name: 'node:dgram', files: ['controller/peers/udp-socket.ts', 'proxy/layer4/', 'proxy/supervisor/'] },
    {
      name: 'node:http',
      files: [
        'admin/',
        'cli/',
        'controller/source/kube/',
        'controller/canary/prometheus.ts',
        'controller/ocsp/responder.ts',
      ],
    },
    { name: 'node:https', files: ['controller/source/kube/', 'controller/canary/prometheus.ts'] },
    { name: 'node:fs', files: ['controller/source/', 'proxy/supervisor/', 'cli/'] },
    { name: 'node:path', files: ['controller/source/', 'cli/'] },
    { name: 'node:stream', files: ['proxy/supervisor/', 'proxy/filters/coders.ts'] },
    { name: 'node:zlib', files: ['proxy/filters/coders.ts'] },
    {
      name: 'node:crypto',
      files: [
        'admin/limits-view.ts',
        'controller/peers/message.ts',
        'proxy/limits/limit-key.ts',
        'controller/translate/authorities.ts',
        'controller/translate/certificates.ts',
        'controller/translate/client-auth.ts',
        'controller/translate/strength.ts',
        'proxy/cluster/sticky.ts',
        'controller/source/kube/known.ts',
        'controller/ocsp/',
        'lib/random.ts',
        'lib/self-signed.ts',
        'proxy/downstream/client-certificate.ts',
        'proxy/downstream/key-choice.ts',
        'proxy/downstream/tls-context.ts',
        'proxy/websocket/agreement.ts',
        'controller/status/event-body.ts',
      ],
    },
    {
      name: 'node:tls',
      files: [
        'proxy/downstream/',
        'proxy/upstream/',
        'controller/translate/certificates.ts',
        'controller/translate/client-auth.ts',
      ],
    },
    { name: 'node:os', files: ['lib/memory.ts', 'config.ts'] },
    { name: 'node:v8', files: ['cli/heap.ts'] },
    { name: 'node:util', files: ['lib/log.ts'] },
    { name: 'node:buffer', files: ['controller/', 'proxy/', 'lib/'] },
  ],

  forbidden: [
    {
      what: 'the wall clock',
      pattern: /\bDate\s*\??\.\s*now\b|\bnew\s+Date\b\s*(?!\s*\(\s*[^\s)])|(?<!\bnew\s+)\bDate\s*\(/g,
      catches: ['Date.now()', 'const f = Date.now', 'new Date()', 'new Date( )', 'new Date', 'String(Date())'],
      files: CLOCK,
      instead: TAKE_A_CLOCK,
    },
    {
      what: 'the monotonic clock',
      pattern: /\bperformance\s*\??\.\s*now\b|\bhrtime\b|\bprocess\s*\.\s*uptime\b/g,
      catches: ['performance.now()', 'process.hrtime.bigint()', 'process.uptime()'],
      files: CLOCK,
      instead: TAKE_A_CLOCK,
    },
    {
      what: 'a timer',
      pattern: /\bset(?:Timeout|Interval|Immediate)\b|\bAbortSignal\s*\.\s*timeout\b/g,
      catches: [
        'setTimeout(f, 1)',
        'globalThis.setInterval(f, 1)',
        'setImmediate(f)',
        'socket.setTimeout(5)',
        'AbortSignal.timeout(5)',
      ],
      files: CLOCK,
      instead: TAKE_A_CLOCK,
    },
    {
      what: 'chance',
      pattern: /\bMath\s*\??\.\s*random\b|\brandom(?:Bytes|UUID|Int)\b|\bgetRandomValues\b/g,
      catches: ['Math.random()', 'crypto.randomUUID()', 'randomBytes(4)', 'crypto.getRandomValues(a)'],
      files: ['lib/random.ts'],
      instead: 'take a Random from lib/random.ts as an argument',
    },
    {
      what: 'the environment',
      pattern: /\bprocess\s*\??\.\s*env\b/g,
      catches: ['process.env.HOME', 'const { HOME } = process.env'],
      files: ['config.ts'],
      instead: 'add a row to the table in config.ts',
    },
    {
      what: 'a global taken apart',
      pattern:
        /\}\s*=\s*(?:globalThis\s*\.\s*)?(?:performance|Date|Math|process)\b(?!\s*\.)|\b(?:process|Math|Date|performance|globalThis)\s*\[/g,
      catches: ['const { now } = performance', 'const { env } = process', "process['env']", 'const {now} = Date'],
      files: [],
      instead: 'write it out, so that this test can see what is used',
    },
    {
      what: 'a way around import',
      pattern: /\bcreateRequire\b|\bgetBuiltinModule\b|\brequire\s*\(/g,
      catches: ["createRequire(import.meta.url)('pino')", "process.getBuiltinModule('fs')", "require('fs')"],
      files: [],
      instead: 'import it',
    },
  ],

  maxLines: 300,
  vagueName: /(?:^|[-_.])(?:utils?|helpers?|manager|misc|common|stuff)(?:[-_.]|$)/i,
  typeHubs: ['proxy/types.ts'],
}
