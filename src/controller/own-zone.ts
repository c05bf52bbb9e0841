/**
 * The zone that we are in, learnt from endpoints on our own node: slices name both. It takes no right to read nodes, and
 * our own Pods are endpoints, too, wherever a Service is in front of us.
 */
import type { EndpointSlice } from './api/kubernetes/endpoint-slice.ts'

export class OwnZone {
  readonly #node: string | undefined
  /** Of the last endpoint that said it: nodes do not move. */
  zone: string | undefined

  /** @param node that we run on; where it is not known, nothing is learnt. */
  constructor(node: string | undefined) {
    this.#node = node
  }

  /** @returns whether the slice brought news. */
  note({ endpoints }: EndpointSlice): boolean {
    if (this.#node === undefined) return false
    const zone = endpoints.find(({ nodeName, zone }) => nodeName === this.#node && zone !== undefined)?.zone
    if (zone === undefined || zone === this.zone) return false
    this.zone = zone
    return true
  }
}
