/**
 * `status.loadBalancer` of Ingresses: of ours, the addresses at which all workers serve them by now. Of one that is not
 * ours, or not any more, they are taken away again where they are those that we would write: it may have left while
 * nobody of us was there. Whether it was us who wrote them is known to the API server, which takes away what we applied
 * and nobody else has written since. Every replica keeps these books, so that a new leader goes on where the old one
 * ended.
 */
import type { Ref } from '../api/kubernetes/metadata.ts'
import type { Lookup } from '../observer.ts'
import { INGRESS_STATUS, statusPath } from '../source/kube/writes.ts'
import type { ServedChange } from '../translate/translate.ts'
import type { AddressSource } from './address-source.ts'
import { addressesOfStatus, type PublishedAddress, sameAddresses } from './addresses.ts'
import { LastStatus } from './last-status.ts'
import { appliedStatus } from './rows.ts'
import type { StatusPatch, WriteQueue } from './write-queue.ts'

export interface IngressStatusInit {
  readonly look: Lookup
  readonly addresses: AddressSource
  readonly queue: WriteQueue
  /** Whether this replica writes; the others only keep books. */
  readonly isWriter: () => boolean
}

export class IngressStatus {
  readonly #init: IngressStatusInit
  readonly #last: LastStatus
  readonly #ours = new Set<Ref>()
  /** Not ours, and perhaps with addresses that we wrote. */
  readonly #left = new Set<Ref>()

  constructor(init: IngressStatusInit) {
    this.#init = init
    this.#last = new LastStatus(init.look)
  }

  /** Every worker serves those that came, and none of those that left. */
  applied({ came, left, isWhole }: ServedChange): void {
    const gone = isWhole ? this.#ours.difference(came).union(left) : left
    for (const ref of gone) {
      this.#ours.delete(ref)
      if (!came.has(ref)) this.#left.add(ref)
    }
    for (const ref of came.keys()) {
      this.#ours.add(ref)
      this.#left.delete(ref)
    }
    for (const ref of [...gone, ...came.keys()]) this.#consider(ref)
  }

  /** Looks at all of them: the addresses changed, or it has become our turn, or somebody may have written over it. */
  refresh(): void {
    this.#last.sweep()
    for (const ref of this.#left) if (this.#isSettled(ref)) this.#left.delete(ref)
    for (const ref of [...this.#ours, ...this.#left]) this.#consider(ref)
  }

  /** It is gone, or nothing is on it any more that we would take away. */
  #isSettled(ref: Ref): boolean {
    const published = this.#init.addresses.current
    if (this.#init.look(ref) === undefined) return true
    return published !== undefined && isOthers(addressesOfStatus(this.#last.of(ref)), published)
  }

  #consider(ref: Ref): void {
    if (!this.#init.isWriter() || this.#patch(ref) === undefined) return
    this.#init.queue.put(ref, () => this.#patch(ref))
  }

  #patch(ref: Ref): StatusPatch | undefined {
    const published = this.#init.addresses.current
    if (published === undefined || this.#init.look(ref) === undefined) return undefined
    const there = addressesOfStatus(this.#last.of(ref))
    if (this.#ours.has(ref)) return sameAddresses(there, published) ? undefined : this.#write(ref, published)
    return this.#left.has(ref) && !isOthers(there, published) ? this.#write(ref, []) : undefined
  }

  #write(ref: Ref, addresses: readonly PublishedAddress[]): StatusPatch {
    const [, namespace = '', name = ''] = ref.split('/')
    return {
      path: statusPath(INGRESS_STATUS, namespace, name),
      kind: 'apply',
      body: appliedStatus(ref, addresses.length === 0 ? {} : { loadBalancer: { ingress: addresses } }),
      written: (object) => {
        this.#last.wrote(ref, object)
        this.#left.delete(ref)
      },
    }
  }
}

/** Nothing is there, or what somebody else wrote. */
function isOthers(there: readonly PublishedAddress[], published: readonly PublishedAddress[]): boolean {
  return there.length === 0 || !sameAddresses(there, published)
}
