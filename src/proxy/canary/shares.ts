/**
 * Which variant a client gets, by a hash of what it is known by and of the policy: the same in all workers, replicas and
 * processes, and each policy shuffles anew. The first variant takes its share of the numbers from below, all others take
 * theirs from above, so that with one or two variants a weight that rises only takes clients from the primary, and one
 * that falls only gives some back. With three and more nothing could: the shares that any two of them have at fifty
 * percent each would have to be the whole, whichever two they are.
 */
import { hashText } from '../../lib/hash.ts'
import { PRIMARY, type WeightedVariant } from '../../model/canary.ts'

export class Shares {
  /** Who gets everything; `undefined` where it depends on the client. */
  readonly all: string | undefined
  readonly #seed: number
  readonly #first: WeightedVariant | undefined
  /** The others, from the top down, each with the number where its share begins. */
  readonly #others: readonly { readonly name: string; readonly from: number }[]

  /** @param policy what the hash is keyed by. */
  constructor(policy: string, variants: readonly WeightedVariant[]) {
    this.#seed = hashText(policy)
    const [first, ...others] = variants
    this.#first = first
    let from = 1
    this.#others = others.map(({ name, weight }) => {
      from -= weight / 100
      return { name, from }
    })
    const taken = variants.find(({ weight }) => weight === 100)
    const isIdle = variants.every(({ weight }) => weight === 0)
    this.all = taken?.name ?? (isIdle ? PRIMARY : undefined)
  }

  /** @param key what the client is known by. */
  of(key: string): string {
    if (this.all !== undefined) return this.all
    const place = hashText(key, this.#seed) / 2 ** 32
    if (this.#first !== undefined && place < this.#first.weight / 100) return this.#first.name
    for (const { name, from } of this.#others) if (place >= from) return name
    return PRIMARY
  }
}
