/** Fields that one line of text can hold: what flags, environment and annotations are made of. */
import { type Field, found, type OpenApi } from './field.ts'

/** What it takes to read one line of text. */
export interface TextForm<T> {
  /** What is accepted, as it stands in a complaint after "expected". */
  readonly expected: string
  /** The value, or `undefined` where the text is not one. */
  readonly readText: (text: string) => T | undefined
}

export interface LineField<T> extends Field<T>, TextForm<T> {
  /** A value the way it is written. */
  show(value: T): string
  /** CEL that says whether a text is a value; given the CEL of that text. For admission policies. */
  readonly textRule: (text: string) => string
}

export interface LineSpec<T> extends TextForm<T> {
  readonly openApi: OpenApi
  readonly show: (value: T) => string
  readonly textRule: (text: string) => string
  /** The value of what JSON holds; without this, JSON holds the same text. */
  readonly readJson?: (value: unknown) => T | undefined
}

export function lineField<T>(spec: LineSpec<T>): LineField<T> {
  const { expected, readText, readJson = textOf(readText) } = spec
  return {
    ...spec,
    read: (value, at) => {
      const read = readJson(value)
      return read === undefined ? at.complain(complaint(expected, value) + quotesHint(value, readText)) : read
    },
  }
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  /** `expected an integer from 0 to 10, not "eleven"`. */
  | { readonly ok: false; readonly complaint: string }

/** Reads one line of text, with a complaint that says what was expected and what was there. */
export function parseText<T>(field: TextForm<T>, text: string): Parsed<T> {
  const value = field.readText(text)
  return value === undefined ? { ok: false, complaint: complaint(field.expected, text) } : { ok: true, value }
}

function complaint(expected: string, value: unknown): string {
  return `expected ${expected}, ${found(value)}`
}

function textOf<T>(readText: (text: string) => T | undefined): (value: unknown) => T | undefined {
  return (value) => (typeof value === 'string' ? readText(value) : undefined)
}

/** YAML makes a number or a truth value of what stands there without quotes. */
function quotesHint(value: unknown, readText: (text: string) => unknown): string {
  if (typeof value === 'string') return readText(value) === undefined ? '' : ' (without the quotes)'
  const isBare = typeof value === 'number' || typeof value === 'boolean'
  return isBare && readText(String(value)) !== undefined ? ' (put it in quotes)' : ''
}
