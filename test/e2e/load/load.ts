/** Traffic from many keep-alive clients, in a process of its own, so that what tests do meanwhile does not disturb it. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { MixSpec } from './mix.ts'

const CLIENTS = fileURLToPath(new URL('clients.ts', import.meta.url))

export interface LoadSpec {
  readonly url: string
  readonly hostHeader: string
  readonly path?: string
  readonly connections: number
  /** Of all clients together. */
  readonly requestsPerSecond: number
  /** Instead of GET on connections that are kept. */
  readonly mix?: MixSpec
  /** A status that is no failure, beside 200. */
  readonly refusal?: number
}

export interface Failure {
  /** Wall-clock milliseconds. */
  readonly at: number
  /** Method and what tells it from others. */
  readonly request: string
  readonly reason: string
}

export interface LoadResult {
  readonly requests: number
  /** Of these, those that must not be repeated. */
  readonly posts: number
  /** Those that were answered with the status that is no failure. */
  readonly refused: number
  /** The first thousand of them. */
  readonly failures: readonly Failure[]
  readonly p99Ms: number
  /** Answers by the Pod that gave them. */
  readonly byPod: Readonly<Record<string, number>>
}

export class Load {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Resolves when every client got its first answer. */
  static async start(spec: LoadSpec): Promise<Load> {
    const child = fork(CLIENTS, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    child.send(spec)
    await once(child, 'message')
    return new Load(child)
  }

  /**
   * What happened since the start; requests that are under way are waited for.
   * @param atLeast goes on until there were so many.
   */
  async stop(atLeast = 0): Promise<LoadResult> {
    const result = once(this.#child, 'message')
    this.#child.send(atLeast)
    const [found] = (await result) as [LoadResult]
    return found
  }

  /** Ends it without a result, where a test failed. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }
}

/** Reasons with how often each came, for assertions that say what was wrong. */
export function summary(failures: readonly Failure[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { reason } of failures) counts[reason] = (counts[reason] ?? 0) + 1
  return counts
}
