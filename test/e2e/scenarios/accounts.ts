/** What became of every request of a mix: the clients' word, the applications' and the access log's, joined by its id. */
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { SLUICE_NAMESPACE, SLUICE_RELEASE } from '../harness/install.ts'
import type { Kubelet } from '../harness/kubelet.ts'
import type { Failure, LoadResult } from '../load/load.ts'

/** How long the last line may take to be on disk. What never came to Sluice has none. */
const LOG_MS = 10_000
const LOOK_MS = 250

export interface Application {
  readonly namespace: string
  /** Of a Deployment of the test backend. */
  readonly name: string
}

/** One line of the access log. */
export interface Logged {
  readonly status: number
  readonly fault: string
  readonly upstream: string
  readonly attempts: number
}

export interface FailureAccount extends Failure {
  /** `undefined` where it never came to Sluice. */
  readonly logged: Logged | undefined
  /** Pods that had begun with it. */
  readonly executedBy: readonly string[]
}

export interface Accounts {
  readonly failures: readonly FailureAccount[]
  /** Executed more than once: method and id, with the Pods. */
  readonly repeated: ReadonlyMap<string, readonly string[]>
  /** Answered although nobody has executed them, which cannot be. */
  readonly unexplained: readonly string[]
}

/** @param prefix of the ids of the mix. */
export async function accountsOf(
  kubelet: Kubelet,
  { namespace, name }: Application,
  { prefix, result }: { readonly prefix: string; readonly result: LoadResult },
): Promise<Accounts> {
  const executions = executionsIn(kubelet.logsOf(namespace, `${name}-`, 'backend'), prefix)
  const failed = new Set(result.failures.map(({ request }) => idOf(request)))
  const executed = new Set([...executions.keys()].map(idOf))
  const ids = Array.from({ length: result.requests }, (_, n) => `${prefix}-${n}`)
  const logged = await loggedOf(kubelet, failed)
  const failures = result.failures.map((failure) => {
    const executedBy = executions.get(failure.request) ?? []
    return { ...failure, executedBy, logged: logged.get(idOf(failure.request)) }
  })
  return {
    failures,
    repeated: new Map([...executions].filter(([, pods]) => pods.length > 1)),
    unexplained: ids.filter((id) => !failed.has(id) && !executed.has(id)),
  }
}

function idOf(request: string): string {
  return request.slice(request.indexOf(' ') + 1)
}

/** By method and id: the Pods that have begun with it, once for each time. */
function executionsIn(logs: ReadonlyMap<string, string>, prefix: string): ReadonlyMap<string, readonly string[]> {
  const executions = new Map<string, string[]>()
  for (const [pod, file] of logs) {
    // A Pod that ended before its container began has none.
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    for (const [, request] of text.matchAll(new RegExp(`^executed (\\S+ ${prefix}-\\d+)$`, 'gm'))) {
      executions.getOrInsertComputed(request!, () => []).push(pod)
    }
  }
  return executions
}

/** Lines of the access log by id; they are written some time later. */
async function loggedOf(kubelet: Kubelet, ids: ReadonlySet<string>): Promise<ReadonlyMap<string, Logged>> {
  const deadline = performance.now() + LOG_MS
  for (;;) {
    const found = linesOf(kubelet, ids)
    if (found.size === ids.size || performance.now() > deadline) return found
    await sleep(LOOK_MS)
  }
}

function linesOf(kubelet: Kubelet, ids: ReadonlySet<string>): ReadonlyMap<string, Logged> {
  const found = new Map<string, Logged>()
  if (ids.size === 0) return found
  for (const file of kubelet.logsOf(SLUICE_NAMESPACE, `${SLUICE_RELEASE}-`, 'controller').values()) {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const id = /[?&]id=([\w-]+)"/.exec(line)?.[1] ?? ''
      if (ids.has(id)) found.set(id, JSON.parse(line) as Logged)
    }
  }
  return found
}
