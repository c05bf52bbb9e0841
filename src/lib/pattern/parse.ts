/** The text of a pattern, taken apart. */

export type Range = readonly [from: number, to: number]

/** Characters by their UTF-16 code. */
export interface CharacterSet {
  readonly ranges: readonly Range[]
  readonly isNegated: boolean
}

export type Expression =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'sequence'; readonly items: readonly Expression[] }
  | { readonly kind: 'choice'; readonly items: readonly Expression[] }
  /** `max` is absent where there is no end. */
  | { readonly kind: 'repeat'; readonly item: Expression; readonly min: number; readonly max?: number }

const MOST_REPEATS = 200
const MOST_DEPTH = 32

const DIGITS: readonly Range[] = [[48, 57]]
const WORD: readonly Range[] = [...DIGITS, [65, 90], [95, 95], [97, 122]]
/** As in RE2: tab, line feed, form feed, carriage return, blank. */
const SPACE: readonly Range[] = [
  [9, 10],
  [12, 13],
  [32, 32],
]
const CLASSES: Readonly<Record<string, readonly Range[]>> = { d: DIGITS, w: WORD, s: SPACE }
const ANY_BUT_LINE_FEED: CharacterSet = { ranges: [[10, 10]], isNegated: true }
const PUNCTUATION = /^[!-/:-@[-`{-~]$/

/** @throws SyntaxError in words. */
export function parsePattern(source: string): Expression {
  return new Parser(source).whole()
}

class Parser {
  readonly #source: string
  #at = 0
  #depth = 0

  constructor(source: string) {
    this.#source = source
  }

  whole(): Expression {
    const expression = this.#choice()
    if (this.#at < this.#source.length) this.#fail('there is no "(" for this ")"')
    return expression
  }

  #choice(): Expression {
    const items = [this.#sequence()]
    while (this.#take('|')) items.push(this.#sequence())
    return items.length === 1 ? items[0]! : { kind: 'choice', items }
  }

  #sequence(): Expression {
    const items: Expression[] = []
    while (this.#at < this.#source.length && !'|)'.includes(this.#peek())) items.push(this.#repeat())
    return { kind: 'sequence', items }
  }

  #repeat(): Expression {
    const item = this.#single()
    if (this.#take('*')) return this.#once({ kind: 'repeat', item, min: 0 })
    if (this.#take('+')) return this.#once({ kind: 'repeat', item, min: 1 })
    if (this.#take('?')) return this.#once({ kind: 'repeat', item, min: 0, max: 1 })
    if (this.#take('{')) return this.#once(this.#counted(item))
    return item
  }

  /** `a+?` asks for something else elsewhere, `a**` nobody means. */
  #once(expression: Expression): Expression {
    if (this.#at < this.#source.length && '*+?{'.includes(this.#peek())) this.#fail('one count is behind another')
    return expression
  }

  #counted(item: Expression): Expression {
    const end = this.#source.indexOf('}', this.#at)
    const [, low, comma, high] = /^(\d{1,4})(,?)(\d{0,4})$/.exec(this.#source.slice(this.#at, Math.max(end, 0))) ?? []
    if (low === undefined || (comma === '' && high !== '')) return this.#fail('expected a count such as {2} or {2,4}')
    this.#at = end + 1
    const min = Number(low)
    const max = comma === '' ? min : high === '' ? undefined : Number(high)
    if (Math.max(min, max ?? 0) > MOST_REPEATS) this.#fail(`a count is ${MOST_REPEATS} at most`)
    if (max !== undefined && max < min) this.#fail('the second number of a count is less than the first')
    return { kind: 'repeat', item, min, ...(max === undefined ? {} : { max }) }
  }

  #single(): Expression {
    const character = this.#next()
    if (character === '(') return this.#group()
    if (character === '[') return { kind: 'set', set: this.#bracket() }
    if (character === '.') return { kind: 'set', set: ANY_BUT_LINE_FEED }
    if (character === '\\') return { kind: 'set', set: this.#escaped() }
    if ('^$'.includes(character)) return this.#fail('the whole text has to match anyway: leave ^ and $ out')
    if ('*+?{'.includes(character)) return this.#fail('there is nothing in front of a count')
    const code = character.charCodeAt(0)
    return { kind: 'set', set: { ranges: [[code, code]], isNegated: false } }
  }

  #group(): Expression {
    if (this.#peek() === '?') this.#fail('groups are plain: there is nothing like (?…)')
    if (++this.#depth > MOST_DEPTH) this.#fail('groups are too deep')
    const inside = this.#choice()
    if (!this.#take(')')) this.#fail('there is no ")" for a "("')
    this.#depth--
    return inside
  }

  #bracket(): CharacterSet {
    const isNegated = this.#take('^')
    const ranges: Range[] = []
    while (!this.#take(']')) {
      if (this.#at >= this.#source.length) this.#fail('there is no "]" for a "["')
      ranges.push(...this.#member())
    }
    if (ranges.length === 0) this.#fail('a class is empty')
    return { ranges, isNegated }
  }

  #member(): readonly Range[] {
    const from = this.#bound()
    if (from.length !== 1 || this.#peek() !== '-' || this.#source[this.#at + 1] === ']') return from
    this.#at++
    const to = this.#bound()
    const [low, high] = [from[0]![0], to[0]![1]]
    if (from[0]![1] !== low || to.length !== 1 || to[0]![0] !== high || high < low)
      this.#fail('a range of a class is none')
    return [[low, high]]
  }

  #bound(): readonly Range[] {
    const character = this.#next()
    if (character === '[') return this.#fail('a "[" inside of a class is written \\[')
    if (character !== '\\') return [[character.charCodeAt(0), character.charCodeAt(0)]]
    const { ranges, isNegated } = this.#escaped()
    return isNegated ? this.#fail('\\D, \\W and \\S cannot be in a class') : ranges
  }

  #escaped(): CharacterSet {
    const character = this.#next()
    const known = CLASSES[character.toLowerCase()]
    if (known !== undefined) return { ranges: known, isNegated: character !== character.toLowerCase() }
    if (!PUNCTUATION.test(character)) this.#fail(`there is no \\${character}`)
    return { ranges: [[character.charCodeAt(0), character.charCodeAt(0)]], isNegated: false }
  }

  #peek(): string {
    return this.#source[this.#at] ?? ''
  }

  #next(): string {
    const character = this.#source[this.#at++]
    return character ?? this.#fail('it ends too early')
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false
    this.#at++
    return true
  }

  #fail(why: string): never {
    throw new SyntaxError(`${why} (at ${Math.min(this.#at, this.#source.length)})`)
  }
}
