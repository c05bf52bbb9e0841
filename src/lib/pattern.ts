/**
 * Regular expressions that take linear time: a text of n characters is looked at n times the size of the pattern at
 * most, whatever both of them are, since all ways to match are followed at once (K. Thompson, "Regular expression
 * search algorithm", 1968; R. Cox, "Regular expression matching can be simple and fast", 2007). JavaScript's own tries
 * one way after the other, and a pattern such as `(a+)+b` takes years for a text of forty characters.
 *
 * The whole text has to match. There are characters, `.`, classes, `\d \w \s` and their opposites, groups, `|`, `*`, `+`,
 * `?` and counts; no anchors, no back references and no look-around: what there is means the same as in RE2.
 */
import { type CharacterSet, type Expression, parsePattern } from './pattern/parse.ts'

/** What a count may come to, all in all. */
const MOST_STATES = 2_000
/** Longer texts match no pattern. */
const LONGEST_MATCHED = 2_048

/** One place in the pattern: takes a character of a set, or is passed through. */
interface State {
  readonly set: CharacterSet | undefined
  next: number
  /** A second way on, where there is one. */
  other: number
}

/** The text was matched. */
const END = -1

export class Pattern {
  readonly #states: readonly State[]
  readonly #start: number
  /** States to be looked at for this character and the next one, and for which character each was noted last. */
  #now: number[] = []
  #next: number[] = []
  readonly #noted: Int32Array
  #round = 0
  #ended = false

  /** @throws SyntaxError in words where the text is no pattern, or one that comes to too much. */
  constructor(source: string) {
    const compiler = new Compiler()
    this.#start = compiler.add(parsePattern(source), END)
    this.#states = compiler.states
    this.#noted = new Int32Array(this.#states.length)
  }

  matches(text: string): boolean {
    if (text.length > LONGEST_MATCHED) return false
    this.#noted.fill(0)
    this.#round = 1
    this.#next.length = 0
    this.#ended = false
    this.#note(this.#start)
    for (let i = 0; i < text.length; i++) {
      const now = this.#next
      this.#next = this.#now
      this.#now = now
      this.#next.length = 0
      this.#round++
      this.#ended = false
      if (now.length === 0) return false
      const code = text.charCodeAt(i)
      for (const number of now) {
        const { set, next } = this.#states[number]!
        if (has(set!, code)) this.#note(next)
      }
    }
    return this.#ended
  }

  /** Notes a state for the next character, and in place of one that is passed through those behind it. */
  #note(number: number): void {
    const waiting = [number]
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (at === END) this.#ended = true
      else if (this.#noted[at] !== this.#round) {
        this.#noted[at] = this.#round
        const { set, next, other } = this.#states[at]!
        if (set !== undefined) this.#next.push(at)
        else waiting.push(other, next)
      }
    }
  }
}

/** Why a text is no pattern; `undefined` where it is one. */
export function patternComplaint(source: string): string | undefined {
  try {
    new Pattern(source)
    return undefined
  } catch (error) {
    return (error as SyntaxError).message
  }
}

function has({ ranges, isNegated }: CharacterSet, code: number): boolean {
  for (const [from, to] of ranges) if (code >= from && code <= to) return !isNegated
  return isNegated
}

/** From behind: each expression is told what comes after it. */
class Compiler {
  readonly states: State[] = []

  /** @returns where the expression begins. */
  add(expression: Expression, next: number): number {
    if (expression.kind === 'set') return this.#state({ set: expression.set, next, other: END })
    if (expression.kind === 'sequence') return expression.items.reduceRight((then, item) => this.add(item, then), next)
    if (expression.kind === 'choice') {
      return expression.items
        .map((item) => this.add(item, next))
        .reduceRight((other, start) => this.#fork(start, other))
    }
    const { item, min, max } = expression
    let start = max === undefined ? this.#loop(item, next) : next
    for (let n = min; n < (max ?? min); n++) start = this.#fork(this.add(item, start), next)
    for (let n = 0; n < min; n++) start = this.add(item, start)
    return start
  }

  /** Any number of times, none included. */
  #loop(item: Expression, next: number): number {
    const start = this.#fork(next, next)
    this.states[start]!.next = this.add(item, start)
    return start
  }

  #fork(next: number, other: number): number {
    return this.#state({ set: undefined, next, other })
  }

  #state(state: State): number {
    if (this.states.length === MOST_STATES) throw new SyntaxError('its counts come to too much')
    return this.states.push(state) - 1
  }
}
