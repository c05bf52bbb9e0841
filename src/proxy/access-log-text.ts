/** The texts inside an access-log line: JSON strings in pure ASCII, times, durations. */

/** Everything but printable ASCII without quote and backslash. */
const UNSAFE = /[^ !#-[\]-~]/
const EACH_UNSAFE = /[^ !#-[\]-~]/g

/** 000 to 999: looking a text up costs less than making it. */
const THREE_DIGITS: readonly string[] = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'))

/**
 * The inside of a JSON string (RFC 8259 section 7), cut to `cap` characters before escaping. Control characters and
 * everything beyond ASCII become `\u00XX`: no byte from a client can end the line or steer a terminal.
 */
export function jsonText(value: string, cap: number): string {
  if (value === '') return value
  const text = value.length > cap ? value.slice(0, cap) : value
  return UNSAFE.test(text) ? text.replace(EACH_UNSAFE, escaped) : text
}

function escaped(character: string): string {
  if (character === '"') return '\\"'
  if (character === '\\') return '\\\\'
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Milliseconds with three decimals, as a JSON number. */
export function milliseconds(duration: number): string {
  const micros = duration > 0 ? Math.round(duration * 1000) : 0
  return `${Math.floor(micros / 1000)}.${THREE_DIGITS[micros % 1000]!}`
}

/** ISO 8601 texts of ascending times; the part down to the second is made once a second. */
export class Timestamps {
  #second = Number.NaN
  #prefix = ''

  /** @param wall milliseconds since the epoch. */
  text(wall: number): string {
    const second = Math.floor(wall / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#prefix = `${new Date(second * 1000).toISOString().slice(0, 20)}`
    }
    return `${this.#prefix + THREE_DIGITS[Math.floor(wall) - second * 1000]!}Z`
  }
}
