/** Conditions on the objects of our own kinds, each about the version that the workers have. */
import type { Clock } from '../../lib/clock.ts'
import type { Problem } from '../../model/problem.ts'
import type { Origin } from '../../model/route.ts'
import type { KubernetesObject } from '../api/kubernetes/kinds.ts'
import { isOwnKind, type Ref, refOf } from '../api/kubernetes/metadata.ts'
import { secondsTime } from '../api/kubernetes/time.ts'
import type { Applied, Lookup } from '../observer.ts'
import { statusPath } from '../source/kube/writes.ts'
import { areThere, type Condition, conditionsOf, conditionsOfStatus, type Finding, unprogrammed } from './conditions.ts'
import { LastStatus } from './last-status.ts'
import { appliedStatus, statusRow } from './rows.ts'
import type { StatusPatch, WriteQueue } from './write-queue.ts'

/** What the source says of an object that it cannot read. */
const UNREADABLE = 'UnreadableObject'

export interface ObjectStatusInit {
  readonly look: Lookup
  readonly clock: Clock
  /** The queue for the status of a kind. */
  readonly queueFor: (resource: string) => WriteQueue
  readonly isWriter: () => boolean
}

export class ObjectStatus {
  readonly #init: ObjectStatusInit
  readonly #last: LastStatus
  #owned: readonly KubernetesObject[] = []
  /** Of what the workers have. */
  #applied: ReadonlyMap<Ref, Finding> = new Map()
  /** Of what never came as far as a translation. */
  #unreadable: ReadonlyMap<Ref, Finding> = new Map()
  #problems: readonly Problem[] = []
  #told = ''

  constructor(init: ObjectStatusInit) {
    this.#init = init
    this.#last = new LastStatus(init.look)
  }

  applied({ owned, problems }: Pick<Applied, 'owned' | 'problems'>): void {
    if (owned === this.#owned && problems === this.#problems) return
    this.#problems = problems
    const ours = byObject(problems)
    const told = JSON.stringify([...ours])
    if (owned === this.#owned && told === this.#told) return
    this.#owned = owned
    this.#told = told
    const before = this.#applied
    this.#applied = new Map(
      owned.map(({ kind, metadata }) => {
        const ref = refOf(kind, metadata.namespace, metadata.name)
        return [ref, { generation: metadata.generation, problems: ours.get(ref) ?? [] }]
      }),
    )
    for (const ref of this.#applied.keys()) this.#consider(ref)
    for (const ref of before.keys()) if (!this.#applied.has(ref)) this.#put(ref, () => this.#farewell(ref))
  }

  /** @param problems all there are; those of the translation wait until it is applied. */
  problems(problems: readonly Problem[]): void {
    const found = byObject(problems.filter(({ reason }) => reason === UNREADABLE))
    this.#unreadable = new Map(
      [...found].map(([ref, list]) => [ref, { generation: this.#init.look(ref)?.generation, problems: list }]),
    )
    for (const ref of this.#unreadable.keys()) this.#consider(ref)
  }

  refresh(): void {
    this.#last.sweep()
    for (const ref of new Set([...this.#applied.keys(), ...this.#unreadable.keys()])) this.#consider(ref)
  }

  #consider(ref: Ref): void {
    this.#put(ref, () => this.#patch(ref))
  }

  #put(ref: Ref, make: () => StatusPatch | undefined): void {
    const row = statusRow(ref)
    if (row === undefined || !this.#init.isWriter() || make() === undefined) return
    this.#init.queueFor(row.resource).put(ref, make)
  }

  #patch(ref: Ref): StatusPatch | undefined {
    const finding = this.#unreadable.get(ref) ?? this.#applied.get(ref)
    return finding && this.#change(ref, (there) => conditionsOf(finding, there, this.#now()))
  }

  /** Nothing of ours has to do with it any more. Said once: whose it is now may say something else. */
  #farewell(ref: Ref): StatusPatch | undefined {
    return this.#applied.has(ref) ? undefined : this.#change(ref, (there) => unprogrammed(there, this.#now()))
  }

  #change(ref: Ref, want: (there: readonly Condition[]) => readonly Condition[]): StatusPatch | undefined {
    const row = statusRow(ref)
    if (row === undefined || this.#init.look(ref) === undefined) return undefined
    const there = conditionsOfStatus(this.#last.of(ref))
    const wanted = want(there)
    if (areThere(wanted, there)) return undefined
    const [, namespace = '', name = ''] = ref.split('/')
    return {
      path: statusPath(row, namespace, name),
      kind: 'apply',
      body: appliedStatus(ref, { conditions: wanted }),
      written: (object) => this.#last.wrote(ref, object),
    }
  }

  #now(): string {
    return secondsTime(this.#init.clock.wall())
  }
}

function byObject(problems: readonly Problem[]): ReadonlyMap<Ref, readonly Problem[]> {
  return Map.groupBy(
    problems.filter(({ at }) => isOwnKind(at.kind)),
    ({ at }) => refAt(at),
  )
}

function refAt({ kind, namespace, name }: Origin): Ref {
  return refOf(kind, namespace, name)
}
