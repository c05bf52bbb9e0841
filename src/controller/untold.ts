/**
 * What is to be told of translations as soon as every worker has them. Updates are folded while one is in flight, and so
 * is what is said of them: however long the workers take, there is one piece of news for what they were sent last and
 * one for all since.
 */
import type { Applied } from './observer.ts'
import type { ServedChange } from './translate/translate.ts'

interface News {
  readonly number: number
  readonly applied: Applied
}

export class Untold {
  #count = 0
  readonly #numbers = new WeakMap<object, number>()
  #news: readonly News[] = []

  /** @param translation by which `take` will be asked. */
  add(translation: object, applied: Applied): void {
    const number = ++this.#count
    this.#numbers.set(translation, number)
    const last = this.#news.at(-1)
    const isFolded = last !== undefined && this.#news.length > 1
    const fresh = { number, applied: isFolded ? fold(last.applied, applied) : applied }
    this.#news = [...(isFolded ? this.#news.slice(0, -1) : this.#news), fresh]
  }

  /** Every worker has this translation, and all before it. */
  take(translation: object): readonly Applied[] {
    const number = this.#numbers.get(translation) ?? 0
    const told = this.#news.filter((each) => each.number <= number)
    this.#news = this.#news.filter((each) => each.number > number)
    return told.map(({ applied }) => applied)
  }
}

function fold(before: Applied, after: Applied): Applied {
  return { ...after, ingresses: foldServed(before.ingresses, after.ingresses) }
}

function foldServed(before: ServedChange, after: ServedChange): ServedChange {
  if (after.isWhole) return after
  const stayed = [...before.came].filter(([ref]) => !after.left.has(ref))
  return {
    came: new Map([...stayed, ...after.came]),
    left: before.left.union(after.left),
    isWhole: before.isWhole,
  }
}
