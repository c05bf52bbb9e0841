/**
 * One replica writes for all: the one that holds the Lease.
 *
 * Whether another's hold has run out is judged by what we saw: it did not change for its whole duration, on our own
 * clock. The times written in it are for people, since the clocks of two machines may differ by more than that. Our
 * own hold ends before anybody else can think so: a renewal counts from when it was sent, and for less than the
 * duration that others wait.
 */
import type { Clock } from '../../../lib/clock.ts'
import { Counts } from '../../../lib/counts.ts'
import type { Random } from '../../../lib/random.ts'
import type { KubeClient } from './client.ts'
import { ApiError, isForeseen, Unreachable } from './errors.ts'
import type { KubeLog } from './kube.ts'
import { freedLease, type Lease, newLease, readLease, takenLease } from './lease.ts'
import { afterRefusal, MENDED_MS } from './verdict.ts'
import { LEASES, writePath } from './writes.ts'

/** How long others leave the holder alone that says nothing. */
const DURATION_MS = 15_000
/** How long a renewal counts for ourselves. The rest is for what was sent and has not arrived. */
const DEADLINE_MS = 10_000
/** Time between two looks at the Lease, and up to a fifth more. */
const PERIOD_MS = 2_000
/** Longest wait for one answer: the next try may find a better connection. */
const ANSWER_MS = 4_000

export interface LeaderLog extends KubeLog {
  info(fields: object, message: string): void
}

export interface LeaderInit {
  readonly client: KubeClient
  readonly clock: Clock
  readonly random: Random
  readonly log: LeaderLog
  /** Where the Lease is, and what it is called: others under the same name compete with us. */
  readonly namespace: string
  readonly name: string
  /** What we are called in it; no two replicas alike. */
  readonly identity: string
  /** Told when we begin to lead and when we no longer do. */
  readonly onChange: (leading: boolean) => void
}

export class Leader {
  readonly #init: LeaderInit
  /** The Lease as it was last seen, and since when on our clock. */
  #seen: { readonly version: string; readonly at: number } | undefined
  /** As we wrote it last. */
  #held: Lease | undefined
  #leadsUntil = Number.NEGATIVE_INFINITY
  #told = false
  #stopped = false
  #failure: string | undefined
  /** In a row. */
  #refusals = 0
  #round = Promise.resolve()
  #callOffRound = () => {}
  #callOffEnd = () => {}
  /** Tries that came to nothing, by reason. */
  readonly failures = new Counts()

  constructor(init: LeaderInit) {
    this.#init = init
  }

  /** Whether we may write at this moment. */
  get leading(): boolean {
    return this.#init.clock.now() < this.#leadsUntil
  }

  /** Why the last try came to nothing, where it did; for people. */
  get failure(): string | undefined {
    return this.#failure
  }

  start(): void {
    if (this.#stopped) return
    this.#round = this.#go()
  }

  /** Gives the Lease back, so that another takes it at its next look. Resolves, come what may, in a few seconds. */
  async release(): Promise<void> {
    const { client, log } = this.#init
    const led = this.leading
    this.#stopped = true
    this.#callOffRound()
    this.#resign()
    await this.#round
    if (!led || this.#held === undefined) return
    try {
      await this.#inTime(client.update(this.#path, freedLease(this.#held)))
    } catch (error) {
      log.warn({ reason: wordsOf(error) }, 'the Lease could not be given back: another replica waits until it runs out')
    }
  }

  async #go(): Promise<void> {
    const { clock, random } = this.#init
    let waitMs = PERIOD_MS * (1 + random() / 5)
    try {
      await this.#compete()
      this.#failure = undefined
      this.#refusals = 0
    } catch (error) {
      waitMs = Math.max(waitMs, this.#failed(error))
    }
    if (this.#stopped) return
    this.#callOffRound = clock.after(waitMs, () => {
      this.#round = this.#go()
    })
  }

  async #compete(): Promise<void> {
    const { client, clock } = this.#init
    const lease = await this.#read()
    if (this.#stopped) return
    if (lease !== undefined && this.#isTaken(lease)) return this.#resign()
    const sentAt = clock.now()
    const wanted = this.#holder()
    const answer =
      lease === undefined
        ? client.create(writePath(LEASES, this.#init.namespace), newLease(this.#metadata, wanted))
        : client.update(this.#path, takenLease(lease, wanted))
    this.#held = readLease(await this.#inTime(answer))
    this.#lead(sentAt + DEADLINE_MS)
  }

  async #read(): Promise<Lease | undefined> {
    try {
      return readLease(await this.#inTime(this.#init.client.get(this.#path)))
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined
      throw error
    }
  }

  /** Does somebody else hold it, as far as we can tell? */
  #isTaken({ version, spec }: Lease): boolean {
    const now = this.#init.clock.now()
    if (this.#seen?.version !== version) this.#seen = { version, at: now }
    const { holderIdentity: holder = '', leaseDurationSeconds: seconds = DURATION_MS / 1000 } = spec
    if (holder === '' || holder === this.#init.identity) return false
    return now < this.#seen.at + seconds * 1000
  }

  #lead(until: number): void {
    const { clock, log, name, onChange } = this.#init
    this.#leadsUntil = until
    this.#callOffEnd()
    this.#callOffEnd = clock.after(until - clock.now(), () => this.#resign())
    if (this.#told || this.#stopped) return
    this.#told = true
    log.info({ lease: name }, 'this replica writes status and Events from now on')
    onChange(true)
  }

  #resign(): void {
    const { log, name, onChange } = this.#init
    this.#leadsUntil = Number.NEGATIVE_INFINITY
    this.#callOffEnd()
    if (!this.#told) return
    this.#told = false
    log.info({ lease: name }, 'this replica writes no status and Events any more')
    onChange(false)
  }

  /** @returns the least milliseconds to wait. */
  #failed(error: unknown): number {
    const { log, namespace, name } = this.#init
    const status = error instanceof ApiError ? error.status : 0
    this.failures.add(reasonOf(error, status))
    // Another was faster: the next look will show who.
    if (status === 409) return 0
    const reason = wordsOf(error)
    if (!isForeseen(error)) log.error({ err: error }, 'the Lease could not be dealt with')
    else if (this.#failure === undefined) {
      const fate = status === 403 ? 'others write status and Events until it may' : 'it is tried again'
      log.warn({ lease: `${namespace}/${name}`, reason }, `this replica cannot take or renew the Lease: ${fate}`)
    }
    this.#failure = reason
    if (status === 403) return afterRefusal(++this.#refusals, this.#init.random)
    return error instanceof ApiError ? Math.min(error.retryAfterMs ?? 0, MENDED_MS) : 0
  }

  #inTime<T>(answer: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>()
    const late = () => reject(new Unreachable(`the API server did not answer within ${ANSWER_MS / 1000} s`))
    const callOff = this.#init.clock.after(ANSWER_MS, late)
    return Promise.race([answer, promise]).finally(callOff)
  }

  #holder() {
    return { identity: this.#init.identity, seconds: DURATION_MS / 1000, wall: this.#init.clock.wall() }
  }

  get #metadata() {
    const { namespace, name } = this.#init
    return { namespace, name }
  }

  get #path(): string {
    const { namespace, name } = this.#init
    return `${writePath(LEASES, namespace)}/${encodeURIComponent(name)}`
  }
}

function reasonOf(error: unknown, status: number): string {
  if (status === 403) return 'forbidden'
  if (status === 409) return 'conflict'
  return error instanceof Unreachable ? 'unreachable' : 'refused'
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
