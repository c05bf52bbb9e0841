/** What a request is counted under, as two hashes that nobody outside can foresee. */
import { hash } from 'node:crypto'
import { hashText } from '../../lib/hash.ts'
import { networkOf, showNetwork } from '../../lib/ip.ts'
import type { RateKey, RateLimitUse } from '../../model/rate-limit.ts'
import type { Exchange } from '../exchange.ts'
import { PART_END, type RequestPart, requestPart } from '../request-part.ts'
import type { KeyHash } from '../shared/gcra-table.ts'

/** Any other number would do as well: the second hash has to know nothing of the first. */
const MARK_SEED = 0x5bd1e995
const LONGEST_TEXT = 256

/** The key of one request after the other: no object is made for each. */
export class LimitKeyReader implements KeyHash {
  hash = 0
  mark = 0
  readonly #shown: readonly (readonly [RateKey, RequestPart])[]
  readonly #parts: readonly RequestPart[]

  constructor({ on, networks }: Pick<RateLimitUse, 'on' | 'networks'>) {
    this.#shown = on.map((key) => [
      key,
      key === 'client' ? (exchange) => showNetwork(exchange.clientAddress, networks) : requestPart(key),
    ])
    this.#parts = on.map((key) => partOf(key, networks))
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

  /** The same for people: JSON of what the key is made of, each part with its text, which is cut where it is long. */
  describe(exchange: Exchange): string {
    return JSON.stringify(this.#shown.map(([name, part]) => [name, part(exchange).slice(0, LONGEST_TEXT)]))
  }

  /** The same for those who have no table of ours: 128 bits, by which nobody is known. */
  digest(exchange: Exchange): string {
    const texts = this.#parts.map((part) => part(exchange))
    return hash('sha256', texts.join(PART_END), 'base64url').slice(0, 22)
  }
}

function partOf(key: RateKey, networks: RateLimitUse['networks']): RequestPart {
  return key === 'client' ? ({ clientAddress }) => networkOf(clientAddress, networks) : requestPart(key)
}
