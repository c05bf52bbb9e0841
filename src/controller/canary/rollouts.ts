/**
 * Looks after all rollouts, once a second: what the workers counted goes to the judges, what these find decides how each
 * rollout goes on, and what came of it goes to the translation and to the status. Only the replica that leads moves a
 * rollout on; the others follow its status, and each of them sends nothing more to a canary that is worse by its own
 * counts, at once.
 */
import type { Clock } from '../../lib/clock.ts'
import { type CanaryTally, PRIMARY } from '../../model/canary.ts'
import type { CanaryPolicy } from '../api/canary-policy.ts'
import { readCanaryStatus } from '../api/canary-status.ts'
import { type Ref, refOf } from '../api/kubernetes/metadata.ts'
import type { Lookup } from '../observer.ts'
import type { RolloutFact } from '../translate/view.ts'
import { LiveRollout } from './live-rollout.ts'
import { planOf } from './plan.ts'
import type { AskMetric } from './prometheus.ts'

const TICK_MS = 1_000

export interface RolloutsInit {
  readonly clock: Clock
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  /** What was counted so far, by the workers of this replica and by all others that are heard of. */
  readonly tallies: () => readonly CanaryTally[]
  /** Policies that routes go by, as they were translated. */
  readonly policies: () => readonly CanaryPolicy[]
  readonly look: Lookup
  /** Whether this replica moves rollouts on. */
  readonly leads: () => boolean
  /** What the translation is to go by from now on. */
  readonly rollOut: (fact: RolloutFact) => void
  readonly forget: (policy: string) => void
  readonly ask: AskMetric
  /** What the status is to say. */
  readonly tell: (ref: Ref, status: Readonly<Record<string, unknown>>) => void
}

export class Rollouts {
  readonly #init: RolloutsInit
  readonly #live = new Map<string, LiveRollout>()
  readonly stop: () => void

  constructor(init: RolloutsInit) {
    this.#init = init
    this.stop = init.clock.every(TICK_MS, () => this.#tick())
  }

  /** For people: what is known of each rollout, by its policy. */
  get view(): Readonly<Record<string, object>> {
    return Object.fromEntries([...this.#live].map(([name, live]) => [name, live.view]))
  }

  #tick(): void {
    const tallies = new Map(this.#init.tallies().map((tally) => [tally.name, tally]))
    const seen = new Set<string>()
    for (const policy of this.#init.policies()) {
      const name = `${policy.metadata.namespace}/${policy.metadata.name}`
      const tally = tallies.get(name)
      if (tally === undefined || planOf(policy) === undefined) continue
      seen.add(name)
      this.#look(name, policy, tally)
    }
    for (const name of this.#live.keys()) {
      if (seen.has(name)) continue
      this.#live.delete(name)
      this.#init.forget(name)
    }
  }

  #look(name: string, policy: CanaryPolicy, { series, variants }: CanaryTally): void {
    const { look, leads, rollOut, tell } = this.#init
    const ref = refOf(policy.kind, policy.metadata.namespace, policy.metadata.name)
    const live = this.#liveOf(name, policy)
    const [primary, canary] = [
      variants.find((each) => each.name === PRIMARY),
      variants.find((each) => each.name !== PRIMARY),
    ]
    if (primary === undefined || canary === undefined) return
    live.observe(policy, { series, primary, canary })
    const status = readCanaryStatus(look(ref)?.status ?? policy.status)
    const { fact, news } = leads() ? live.lead(policy, status) : live.follow(policy, status)
    if (fact !== undefined) rollOut({ ...fact, policy: name })
    if (news !== undefined) this.#say(name, news)
    if (leads()) for (const said of live.unsaid()) tell(ref, said)
  }

  /** One that was deleted and made again has nothing to do with the one before. */
  #liveOf(name: string, { metadata: { uid } }: CanaryPolicy): LiveRollout {
    const known = this.#live.get(name)
    if (known !== undefined && known.uid === uid) return known
    const { clock, ask } = this.#init
    const live = new LiveRollout({ uid, clock, ask })
    this.#live.set(name, live)
    return live
  }

  #say(
    policy: string,
    { message, phase, weight }: { readonly message: string; readonly phase: string; readonly weight: number },
  ): void {
    const { log } = this.#init
    const fields = { policy, phase, weight, reason: message }
    if (phase === 'RolledBack') log.warn(fields, 'a canary is taken back')
    else log.info(fields, 'a canary goes on')
  }
}
