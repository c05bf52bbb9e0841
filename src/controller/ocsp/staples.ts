/**
 * Answers of responders (OCSP, RFC 6960) to staple to handshakes: asked for as long as somebody serves the certificate,
 * and again well before the time of an answer is over. Handshakes never wait for one: what is there is stapled. A
 * failure changes nothing while the last good answer holds; a certificate that is revoked is not vouched for any longer.
 */
import type { Buffer } from 'node:buffer'
import { type BackoffSpec, backoff } from '../../lib/backoff.ts'
import type { Clock } from '../../lib/clock.ts'
import { type Debounced, debounce } from '../../lib/debounce.ts'
import type { Random } from '../../lib/random.ts'
import type { Problem } from '../../model/problem.ts'
import type { ServedName } from '../translate/server-names.ts'
import type { StapleFact } from '../translate/view.ts'
import { stapleRequest, stapleSubject } from './certificate-id.ts'
import type { AskResponder } from './responder.ts'
import { judgeResponse, type StapleJudgement, type StapleResult } from './staple-response.ts'
import { newStapling, type Stapling, staplingProblems } from './stapling.ts'

/** Longest time that an answer is not asked for again, so that a revocation is heard of. */
const MOST_AGE_MS = 86_400_000
const LEAST_AGE_MS = 60_000
const RETRY: BackoffSpec = { minMs: 10_000, maxMs: 600_000 }
/** Thousands of certificates are no reason to be a burden to their authority. */
const AT_ONCE = 4
/** A responder that fails fails for many. */
const TELLING = { quietMs: 100, maxMs: 1_000 }

export interface StaplesInit {
  readonly clock: Clock
  readonly random: Random
  readonly askResponder: AskResponder
  /** Told what is to be stapled from now on. */
  readonly found: (fact: StapleFact) => void
  /** `problems` are others now. */
  readonly changed: () => void
}

export class Staples {
  /** How often responders were asked, by outcome. */
  readonly asked = new Map<StapleResult, number>()
  readonly #init: StaplesInit
  readonly #staplings = new Map<string, Stapling>()
  /** Those whose turn it is. */
  readonly #waiting = new Set<Stapling>()
  readonly #tell: Debounced
  #underWay = 0
  #names: readonly ServedName[] = []
  #problems: readonly Problem[] = []

  constructor(init: StaplesInit) {
    this.#init = init
    this.#tell = debounce(init.clock, TELLING, () => this.#complain())
  }

  /** The same list as before where none came or went. */
  get problems(): readonly Problem[] {
    return this.#problems
  }

  /** Secrets whose certificates have an answer, and until when: in milliseconds since the epoch. */
  get stapled(): ReadonlyMap<string, number> {
    const found = new Map<string, number>()
    for (const { certificate } of this.#names) {
      const until = this.#staplings.get(certificate.fingerprint)?.staple?.until
      if (until !== undefined) found.set(certificate.name, until)
    }
    return found
  }

  /** From now on answers for just these are wanted, those that name a responder; the others are forgotten. */
  want(names: readonly ServedName[]): void {
    if (names === this.#names) return
    this.#names = names
    const wanted = new Map(names.map(({ certificate }) => [certificate.fingerprint, certificate]))
    for (const [fingerprint, stapling] of this.#staplings) if (!wanted.has(fingerprint)) this.#forget(stapling)
    for (const [fingerprint, { responder, spec }] of wanted) {
      if (responder === undefined || this.#staplings.has(fingerprint)) continue
      const stapling = newStapling({ fingerprint, responder, chain: spec.chain })
      this.#staplings.set(fingerprint, stapling)
      this.#queue(stapling)
    }
    if (this.#problems.length > 0) this.#tell.poke()
  }

  stop(): void {
    this.#tell.cancel()
    for (const stapling of this.#staplings.values()) this.#forget(stapling)
  }

  #forget(stapling: Stapling): void {
    stapling.wanted = false
    stapling.callOff()
    this.#waiting.delete(stapling)
    this.#staplings.delete(stapling.fingerprint)
    this.#put(stapling, undefined)
  }

  #queue(stapling: Stapling): void {
    this.#waiting.add(stapling)
    this.#next()
  }

  #next(): void {
    for (const stapling of this.#waiting) {
      if (this.#underWay >= AT_ONCE) return
      this.#waiting.delete(stapling)
      void this.#ask(stapling)
    }
  }

  async #ask(stapling: Stapling): Promise<void> {
    this.#underWay++
    const { response, judgement } = await this.#answer(stapling)
    this.#underWay--
    this.asked.set(judgement.result, (this.asked.get(judgement.result) ?? 0) + 1)
    if (stapling.wanted) this.#judged(stapling, judgement, response)
    this.#next()
  }

  async #answer({ chain, responder }: Stapling): Promise<{ judgement: StapleJudgement; response: string }> {
    const subject = stapleSubject(chain)
    if (subject === undefined) return { judgement: WITHOUT_ISSUER, response: '' }
    const { askResponder, clock } = this.#init
    return await askResponder(responder, stapleRequest(subject.id)).then(
      (response: Buffer) => ({
        judgement: judgeResponse(response, subject, clock.wall()),
        response: response.toString('base64'),
      }),
      (error: Error) => ({ judgement: { result: 'unreachable', reason: error.message }, response: '' }),
    )
  }

  #judged(stapling: Stapling, judgement: StapleJudgement, response: string): void {
    const before = stapling.failure?.reason
    if (judgement.result === 'good') {
      stapling.failures = 0
      stapling.failure = undefined
      this.#put(stapling, { response, until: judgement.until })
      this.#askLater(stapling, this.#age(judgement.until))
    } else {
      stapling.failures++
      stapling.failure = judgement
      if (judgement.result === 'revoked') this.#put(stapling, undefined)
      this.#askLater(stapling, backoff(RETRY, stapling.failures, this.#init.random))
    }
    if (stapling.failure?.reason !== before) this.#tell.poke()
  }

  /** About half of its time: by chance, so that those who were asked together are not asked together again. */
  #age(until: number): number {
    const half = (until - this.#init.clock.wall()) * (0.4 + 0.2 * this.#init.random())
    return Math.max(LEAST_AGE_MS, Math.min(MOST_AGE_MS, half))
  }

  /** What is over before that is not stapled any longer. */
  #askLater(stapling: Stapling, ms: number): void {
    const { clock } = this.#init
    const left = stapling.staple === undefined ? Number.POSITIVE_INFINITY : stapling.staple.until - clock.wall()
    stapling.callOff = clock.after(Math.min(ms, left), () => {
      if (left <= ms) this.#put(stapling, undefined)
      this.#queue(stapling)
    })
  }

  #put(stapling: Stapling, staple: Stapling['staple']): void {
    const before = stapling.staple?.response
    stapling.staple = staple
    const { fingerprint } = stapling
    if (before !== staple?.response) this.#init.found({ fingerprint, response: staple?.response })
  }

  #complain(): void {
    const problems = staplingProblems(this.#names, this.#staplings)
    if (JSON.stringify(problems) === JSON.stringify(this.#problems)) return
    this.#problems = problems
    this.#init.changed()
  }
}

const WITHOUT_ISSUER: StapleJudgement = {
  result: 'invalid',
  reason: 'tls.crt lacks the certificate of its issuer, without which nobody can be asked',
}
