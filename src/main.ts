#!/usr/bin/env node
/** Entry, and composition root of the main thread: builds everything, owns signals and the order of start and end. */
import { certificateMetrics } from './admin/certificate-metrics.ts'
import { controllerMetrics } from './admin/controller-metrics.ts'
import { kubeMetrics } from './admin/kube-metrics.ts'
import { limitsView } from './admin/limits-view.ts'
import { Metrics } from './admin/metrics.ts'
import { adminPages } from './admin/pages.ts'
import { type PeerState, peerMetrics } from './admin/peer-metrics.ts'
import { processMetrics } from './admin/process-metrics.ts'
import { AdminServer } from './admin/server.ts'
import { stapleMetrics } from './admin/staple-metrics.ts'
import { openAccessLog } from './cli/access-log.ts'
import { readCommandLine } from './cli/command-line.ts'
import { controller as inCluster } from './cli/controller.ts'
import { listenSpec } from './cli/https.ts'
import { startPeers } from './cli/peers.ts'
import { withPorts } from './cli/ports.ts'
import { ProblemLog } from './cli/problem-log.ts'
import { type Cluster, type Command, type CommandSpec, reachable, serve } from './cli/serve.ts'
import { Shutdown } from './cli/shutdown.ts'
import { ownVersion } from './cli/version.ts'
import { environment } from './config.ts'
import { prometheus } from './controller/canary/prometheus.ts'
import { Rollouts } from './controller/canary/rollouts.ts'
import { Controller } from './controller/controller.ts'
import { httpResponder } from './controller/ocsp/responder.ts'
import { CanarySharing } from './controller/peers/canary-sharing.ts'
import type { Peers } from './controller/peers/peers.ts'
import type { StatusAuthor } from './controller/status/status-author.ts'
import { SystemClock } from './lib/clock.ts'
import { systemLookup } from './lib/dns.ts'
import { createLog, type Log } from './lib/log.ts'
import { systemRandom as random, randomSeed, secretBytes } from './lib/random.ts'
import type { Problem } from './model/problem.ts'
import { FAMILIES } from './proxy/metrics.ts'
import { Supervisor, type SupervisorOptions, threads } from './proxy/supervisor.ts'

const FAILED = 1
const MISUSED = 2
/** Of the hashes that stand for clients on the pages of the admin port. */
const HASH_KEY_BYTES = 32
/** Longest time that the last access-log lines may take on their way out. */
const LAST_LINES_MS = 1_000
/** Without SO_REUSEPORT several threads cannot listen on one port. */
const SHARED_PORTS = process.platform === 'linux'
/** What each subcommand adds. */
const BEGIN = { serve, controller: inCluster }

// A reader that goes away (`sluice serve | head -1`) must not end the traffic.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})

const version = ownVersion()
const invocation = readCommandLine(process.argv.slice(2), environment(), version)
if (invocation.kind === 'print') print(invocation.text)
else if (invocation.kind === 'refuse') refuse(invocation.complaints, MISUSED)
else {
  const { config, given } = invocation
  const clock = new SystemClock()
  const log = createLog({ level: config.logLevel, stream: process.stderr, clock })
  const inCluster = invocation.kind === 'controller'
  await withPorts(config, { inCluster, shared: SHARED_PORTS })
    .then((config) => run({ config, given, clock, log, print }, BEGIN[invocation.kind]))
    .catch((error: Error) => refuse([error.message], FAILED))
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

function refuse(complaints: readonly string[], code: number): void {
  process.stderr.write(complaints.map((complaint) => `sluice: ${complaint}\n`).join(''))
  process.exit(code)
}

/**
 * Order of a start: the port is free → workers run, without listening → all of them have applied the first
 * configuration → they listen → ready.
 */
async function run(spec: CommandSpec, begin: (spec: CommandSpec) => Promise<Command>): Promise<void> {
  const { config, clock, log } = spec
  const accessLog = openAccessLog(config.accessLog, clock, log)
  const command = await begin(spec)
  const onFindings = (findings: readonly Problem[]) => controller.observe(findings)
  const facts = { accessLog, clusterTime: command.cluster?.time, onFindings }
  const supervisor = createSupervisor(spec, facts, (reason) => {
    log.error({ reason }, 'giving up')
    void shutdown.begin(FAILED)
  })
  const problems = new ProblemLog(log)
  const loop = createController(spec, { command, supervisor, problems })
  const { controller, author, canaries } = loop
  const peers = await startPeers(spec, { canaries, limits: supervisor.sharedLimits, slices: controller.slices, random })
  const notReady = () => (shutdown.begun ? 'shutting down' : supervisor.listening === 0 ? 'starting' : undefined)
  const { cluster } = command
  const admin = createAdmin({
    ...loop,
    ...{ supervisor, peers, cluster, problems },
    notReady,
    hashClients: config.hashClients,
    log,
  })
  const shutdown = createShutdown(spec, { ...loop, ...{ supervisor, peers, admin, command }, accessLog })
  obeySignals(shutdown, log)

  const adminPort = await admin.listen(config.bind, config.adminPort)
  await controller.start()
  author?.start()
  await supervisor.listen(listenSpec(config, { clock, shared: SHARED_PORTS }))
  const { bind: address, httpPort: http, httpsPort: https } = config
  log.info({ address, http, https, admin: adminPort, revision: supervisor.revision }, 'serving')
  await command.announce(reachable(config, adminPort))
}

interface Ending {
  readonly supervisor: Supervisor
  readonly controller: Controller
  readonly rollouts: Rollouts
  readonly author: StatusAuthor | undefined
  readonly peers: Peers | undefined
  readonly admin: AdminServer
  readonly command: Command
  readonly accessLog: ReturnType<typeof openAccessLog>
}

/** The order of an end: somebody else writes, requests in flight finish, and only then all the rest. */
function createShutdown({ config, clock }: CommandSpec, parts: Ending): Shutdown {
  const { supervisor, controller, rollouts, author, peers, admin, command, accessLog } = parts
  let released: Promise<void> | undefined
  return new Shutdown({
    clock,
    drainDelayMs: config.drainDelay,
    retire: () => {
      supervisor.retire()
      released = author?.stop()
    },
    drain: () => supervisor.drain(config.drainTimeout),
    close: async () => {
      await released
      peers?.stop()
      rollouts.stop()
      controller.stop()
      admin.close()
      command.close()
      await accessLog?.idle(LAST_LINES_MS)
    },
    exit: (code) => process.exit(code),
  })
}

function createSupervisor(
  { config, clock, log }: CommandSpec,
  given: Pick<SupervisorOptions, 'accessLog' | 'clusterTime' | 'onFindings'>,
  onGiveUp: (reason: string) => void,
): Supervisor {
  if (!SHARED_PORTS) log.warn({}, 'this platform cannot share a port between threads: there is one worker')
  const workers = SHARED_PORTS ? config.workers : 1
  return new Supervisor({ workers, spawn: threads(config.youngGeneration), clock, random, log, ...given, onGiveUp })
}

interface Parts {
  readonly command: Command
  readonly supervisor: Supervisor
  readonly problems: ProblemLog
}

/** The loop, and who tells the cluster of it where there is one. */
function createController({ clock, log }: CommandSpec, { command, supervisor, problems }: Parts) {
  let metricServers: readonly string[] = []
  const controller = new Controller({
    ...{ source: command.source, options: command.options, publisher: supervisor },
    ...{ clock, random, lookup: systemLookup(), askResponder: httpResponder(clock), log },
    onProblems: (all) => {
      problems.update(all)
      author?.problems(all)
    },
    onApplied: (applied) => author?.applied(applied),
    onConfig: (values) => {
      log.level = values['logs.level']
      metricServers = values.metricServers
    },
  })
  const author = command.cluster?.author(controller.look)
  // No other replica has this number, as far as chance goes.
  const canaries = new CanarySharing(() => supervisor.canaries.tallies(), randomSeed(random))
  const rollouts = new Rollouts({
    ...{ clock, log, look: controller.look, ask: prometheus(clock, () => metricServers) },
    tallies: () => canaries.tallies(),
    policies: () => controller.canaries,
    // Where nobody is told of anything, nobody else could lead.
    leads: () => author?.leading ?? true,
    rollOut: (fact) => controller.rollOut(fact),
    forget: (policy) => controller.forgetRollout(policy),
    tell: (ref, status) => author?.rollout(ref, status),
  })
  return { controller, author, rollouts, canaries }
}

interface AdminSpec {
  readonly supervisor: Supervisor
  readonly controller: Controller
  readonly rollouts: Rollouts
  readonly cluster: Cluster | undefined
  readonly author: StatusAuthor | undefined
  readonly peers: PeerState | undefined
  readonly problems: ProblemLog
  readonly notReady: () => string | undefined
  readonly hashClients: boolean
  readonly log: Log
}

function createAdmin({
  supervisor,
  controller,
  rollouts,
  cluster,
  author,
  peers,
  problems,
  notReady,
  hashClients,
  log,
}: AdminSpec): AdminServer {
  const metrics = new Metrics([
    { families: FAMILIES, collect: () => supervisor.samples() },
    processMetrics({ version, supervisor, problems: () => problems.current }),
    controllerMetrics(controller, () => problems.current),
    certificateMetrics(() => controller.servedNames),
    stapleMetrics(controller.staples),
    ...(peers === undefined ? [] : [peerMetrics(peers)]),
    ...(cluster === undefined ? [] : [kubeMetrics({ resources: cluster.resources, writing: () => author?.state })]),
  ]).withProcess()
  // A name that is no name stays the same as long as the process lives.
  const key = secretBytes(HASH_KEY_BYTES)
  const pages = adminPages({
    notReady,
    metrics,
    snapshot: () => supervisor.snapshot,
    endpoints: () => supervisor.endpoints(),
    canaries: () => rollouts.view,
    limits: async () => limitsView(await supervisor.offenders(), { hashClients, key }),
    problems: () => problems.current,
    explainRoute: (route) => controller.explainRoute(route),
    explainConfig: () => controller.explainConfig(),
  })
  return new AdminServer(pages, (error) => log.error({ reason: stackOf(error) }, 'an admin page could not be made'))
}

function obeySignals(shutdown: Shutdown, log: Log): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (!shutdown.begun) log.info({ signal }, 'shutting down')
      shutdown.signal(signal)
    })
  }
  // A defect in this thread leaves it in a state nobody knows: traffic may finish, then another process begins.
  process.on('uncaughtException', (error) => {
    log.error({ reason: stackOf(error) }, 'a defect ends this process')
    void shutdown.begin(FAILED)
  })
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
