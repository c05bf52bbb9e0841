/** Where rollouts stand, written into the status of their policies. Conditions are somebody else's, see `object-status.ts`. */
import { isObject } from '../../lib/shape.ts'
import type { Ref } from '../api/kubernetes/metadata.ts'
import { statusPath } from '../source/kube/writes.ts'
import { LastStatus } from './last-status.ts'
import type { ObjectStatusInit } from './object-status.ts'
import { statusRow } from './rows.ts'
import type { StatusPatch } from './write-queue.ts'

type RolloutStatusInit = Omit<ObjectStatusInit, 'clock'>

export class RolloutStatus {
  readonly #init: RolloutStatusInit
  readonly #last: LastStatus

  constructor(init: RolloutStatusInit) {
    this.#init = init
    this.#last = new LastStatus(init.look)
  }

  /** @param status the fields that are to stand there, each as a whole. */
  tell(ref: Ref, status: Readonly<Record<string, unknown>>): void {
    const row = statusRow(ref)
    if (row === undefined || !this.#init.isWriter()) return
    // Conditions of the same object wait under its own name: neither is to replace the other.
    this.#init.queueFor(row.resource).put(`${ref}#rollout`, () => this.#patch(ref, status))
  }

  refresh(): void {
    this.#last.sweep()
  }

  #patch(ref: Ref, wanted: Readonly<Record<string, unknown>>): StatusPatch | undefined {
    const row = statusRow(ref)
    if (row === undefined || this.#init.look(ref) === undefined) return undefined
    const there = this.#last.of(ref)
    const isThere = (name: string) => isObject(there) && JSON.stringify(there[name]) === JSON.stringify(wanted[name])
    if (Object.keys(wanted).every(isThere)) return undefined
    const [, namespace = '', name = ''] = ref.split('/')
    return {
      path: statusPath(row, namespace, name),
      kind: 'merge',
      body: { status: wanted },
      written: (object) => this.#last.wrote(ref, object),
    }
  }
}
