/** What a request is counted under, as two hashes that nobody outside can foresee. */
import { hashText } from '../../lib/hash.ts'
import { clientNetwork } from '../../lib/ip.ts'
import type { RateKey } from '../../model/rate-limit.ts'
import type { Exchange } from '../exchange.ts'
import { PART_END, type RequestPart, requestPart } from '../request-part.ts'
import type { KeyHash } from '../shared/gcra-table.ts'

/** Any other number would do as well: the second hash has to know nothing of the first. */
const MARK_SEED = 0x5bd1e995

/** The key of one request after the other: no object is made for each. */
export class RateKeyReader implements KeyHash {
  hash = 0
  mark = 0
  readonly #parts: readonly RequestPart[]

  constructor(keys: readonly RateKey[]) {
    this.#parts = keys.map(partOf)
  }

  /** @returns itself, until it reads another one. */
  read(exchange: Exchange, seed: number): KeyHash {
    this.hash = seed
    this.mark = seed ^ MARK_SEED
    for (const part of this.#parts) {
      const text = part(exchange)
      this.hash = hashText(PART_END, hashText(text, this.hash))
      this.mark = hashText(PART_END, hashText(text, this.mark))
    }
    return this
  }
}

/** Whoever has one address of an IPv6 network has all of them. */
function partOf(key: RateKey): RequestPart {
  return key === 'client' ? ({ clientAddress }) => clientNetwork(clientAddress) : requestPart(key)
}
