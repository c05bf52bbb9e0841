/**
 * Who refers to what, read from both sides: what one refers to is replaced as a whole, and what nobody refers to any
 * more is known at once.
 */
import { MultiMap } from './multi-map.ts'

export interface RelationChange<To> {
  /** Nobody referred to these before. */
  readonly came: readonly To[]
  /** Nobody refers to these any more. */
  readonly gone: readonly To[]
}

export class Relation<From, To> {
  readonly #to = new Map<From, readonly To[]>()
  readonly #from = new MultiMap<To, From>()

  /** Everything that somebody refers to. */
  targets(): Iterable<To> {
    return this.#from.keys()
  }

  /** Whether anybody refers to it. */
  has(to: To): boolean {
    return this.#from.has(to)
  }

  /** Who refers to it. */
  sources(to: To): Iterable<From> {
    return this.#from.get(to)
  }

  /** From now on one refers to just these; to nothing where there are none. */
  set(from: From, to: readonly To[]): RelationChange<To> {
    const before = this.#to.get(from) ?? []
    if (to.length === 0) this.#to.delete(from)
    else this.#to.set(from, to)
    const came = to.filter((each) => this.#from.add(each, from))
    const stays = new Set(to)
    const gone = before.filter((each) => !stays.has(each) && this.#from.delete(each, from))
    return { came, gone }
  }
}
