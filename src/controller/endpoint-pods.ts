/**
 * Pods as endpoints: which feeds a Pod concerns, by the slices that name it, and those that have ended while a slice
 * still names them. A slice may be the last to know; without this its endpoint would be taken for a good one again
 * just when its Pod is gone.
 */
import type { EndpointSlice } from './api/kubernetes/endpoint-slice.ts'
import { type Ref, refOf } from './api/kubernetes/metadata.ts'
import { isEnding, type Pod } from './api/kubernetes/pod.ts'
import type { Feed } from './translate/view.ts'

const NOBODY: readonly Feed[] = []

export class EndpointPods {
  /** A feed for each time that a slice of it names the Pod. */
  readonly #feeds = new Map<Ref, readonly Feed[]>()
  readonly #ended = new Map<Ref, Pod>()

  /** A new version of a slice is added before the old one is removed, so that nothing is forgotten in between. */
  add(slice: EndpointSlice, feed: Feed): void {
    for (const ref of podsOf(slice)) this.#feeds.set(ref, [...this.feeds(ref), feed])
  }

  remove(slice: EndpointSlice, feed: Feed): void {
    for (const ref of podsOf(slice)) {
      const feeds = this.feeds(ref)
      const left = feeds.toSpliced(feeds.indexOf(feed), 1)
      if (left.length > 0) this.#feeds.set(ref, left)
      else {
        this.#feeds.delete(ref)
        this.#ended.delete(ref)
      }
    }
  }

  /** Whose endpoints change with a Pod. */
  feeds(ref: Ref): readonly Feed[] {
    return this.#feeds.get(ref) ?? NOBODY
  }

  /** A Pod is gone. One that was never told to end may come back: it may only be out of our sight. */
  gone(ref: Ref, pod: Pod): void {
    if (isEnding(pod) && this.#feeds.has(ref)) this.#ended.set(ref, pod)
  }

  ended(ref: Ref): Pod | undefined {
    return this.#ended.get(ref)
  }
}

/** A slice names each Pod once; two families of addresses have two slices. */
function podsOf({ endpoints, metadata }: EndpointSlice): Iterable<Ref> {
  const refs = endpoints.flatMap(({ targetRef }) => {
    if (targetRef?.kind !== 'Pod' || targetRef.name === undefined) return []
    return [refOf('Pod', targetRef.namespace ?? metadata.namespace, targetRef.name)]
  })
  return new Set(refs)
}
