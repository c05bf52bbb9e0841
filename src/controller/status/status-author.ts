/**
 * Tells a cluster what became of its objects: addresses of Ingresses, conditions on our own kinds, Events. Only the
 * replica that leads writes; all of them keep the books, so that another can take over at any moment. Nothing here is
 * waited for by the loop.
 */
import type { Clock } from '../../lib/clock.ts'
import { Counts } from '../../lib/counts.ts'
import type { Random } from '../../lib/random.ts'
import type { Problem } from '../../model/problem.ts'
import type { Ref } from '../api/kubernetes/metadata.ts'
import type { Applied, Lookup, Observer } from '../observer.ts'
import type { KubeClient } from '../source/kube/client.ts'
import { Leader, type LeaderLog } from '../source/kube/leader.ts'
import { INGRESS_STATUS, OWN_STATUS } from '../source/kube/writes.ts'
import type { AddressSource } from './address-source.ts'
import { Events } from './events.ts'
import { IngressStatus } from './ingress-status.ts'
import { ObjectStatus } from './object-status.ts'
import { RolloutStatus } from './rollout-status.ts'
import { WriteQueue } from './write-queue.ts'

/** How long what somebody else wrote over ours may stand. */
const REFRESH_MS = 60_000
/** As the API server checks it. */
const LONGEST_MANAGER = 128

export interface StatusAuthorInit {
  readonly client: KubeClient
  readonly clock: Clock
  readonly random: Random
  readonly log: LeaderLog
  readonly look: Lookup
  readonly addresses: AddressSource
  /** The Lease that says which replica writes, and what this one is called in it. */
  readonly lease: { readonly namespace: string; readonly name: string; readonly identity: string }
}

/** All replicas of an installation are one author, and no two installations are. */
function managerOf({ namespace, name }: StatusAuthorInit['lease']): string {
  return `sluice/${namespace}/${name}`.slice(0, LONGEST_MANAGER)
}

export class StatusAuthor implements Observer {
  readonly #init: StatusAuthorInit
  readonly #leader: Leader
  readonly #queues: ReadonlyMap<string, WriteQueue>
  readonly #ingresses: IngressStatus
  readonly #objects: ObjectStatus
  readonly #events: Events
  readonly #rollouts: RolloutStatus
  #callOffRefresh = () => {}
  /** Writes by resource and result. */
  readonly writes = new Counts()

  constructor(init: StatusAuthorInit) {
    this.#init = init
    const isWriter = () => this.#leader.leading
    const { identity } = init.lease
    this.#leader = new Leader({ ...init, ...init.lease, onChange: () => this.#refresh() })
    this.#queues = new Map(
      [INGRESS_STATUS, ...OWN_STATUS].map(({ resource }) => [
        resource,
        new WriteQueue({ ...init, resource, manager: managerOf(init.lease), mayWrite: isWriter, counts: this.writes }),
      ]),
    )
    const queueFor = (resource: string) => this.#queues.get(resource)!
    this.#ingresses = new IngressStatus({ ...init, isWriter, queue: queueFor(INGRESS_STATUS.resource) })
    this.#objects = new ObjectStatus({ ...init, isWriter, queueFor })
    this.#events = new Events({ ...init, isWriter, identity })
    this.#rollouts = new RolloutStatus({ ...init, isWriter, queueFor })
  }

  start(): void {
    const { addresses, clock } = this.#init
    addresses.start(() => this.#ingresses.refresh())
    this.#leader.start()
    this.#callOffRefresh = clock.every(REFRESH_MS, () => this.#refresh())
  }

  /** Writes nothing any more, and lets another replica do so. Resolves, come what may, in a few seconds. */
  async stop(): Promise<void> {
    this.#callOffRefresh()
    this.#init.addresses.stop()
    await this.#leader.release()
    this.#events.stop()
  }

  applied(applied: Applied): void {
    this.#safely(() => {
      this.#ingresses.applied(applied.ingresses)
      this.#objects.applied(applied)
    })
  }

  problems(problems: readonly Problem[]): void {
    this.#safely(() => {
      this.#objects.problems(problems)
      this.#events.update(problems)
    })
  }

  /** Whether this replica is the one that writes. */
  get leading(): boolean {
    return this.#leader.leading
  }

  /** What the status of a policy is to say of its rollout. */
  rollout(ref: Ref, status: Readonly<Record<string, unknown>>): void {
    this.#safely(() => this.#rollouts.tell(ref, status))
  }

  /** For metrics: what was written and what waits, by their labels. */
  get state() {
    return {
      addresses: this.#init.addresses.current?.length,
      leading: this.#leader.leading,
      leaseFailures: this.#leader.failures.entries,
      writes: this.writes.entries,
      waiting: [...this.#queues].map(([resource, { length }]) => [resource, length] as const),
      events: this.#events.counts.entries,
      eventsWaiting: this.#events.waiting,
    }
  }

  #refresh(): void {
    this.#safely(() => {
      if (!this.#leader.leading) for (const queue of this.#queues.values()) queue.clear()
      this.#ingresses.refresh()
      this.#objects.refresh()
      this.#rollouts.refresh()
      this.#events.refresh()
    })
  }

  /** A defect here must not reach the loop, which has traffic to look after. */
  #safely(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#init.log.error({ err: error }, 'status and Events could not be worked out')
    }
  }
}
