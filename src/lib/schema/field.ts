/** What a field knows of its values, and what it complains of. */
import type { Shape } from '../shape.ts'

/** One kind of value, of any type but `undefined`; reads JSON. */
export interface Field<T> extends Shape<T> {
  /** What is accepted, as it stands in a complaint after "expected": `an integer from 0 to 10`. */
  readonly expected: string
  readonly openApi: OpenApi
  /** Of a list: what is wrong with one item takes nothing from the others. */
  readonly itemsApart?: true
}

/** A schema as `apiextensions.k8s.io/v1` takes it (structural OpenAPI v3), as far as our fields need it. */
export interface OpenApi {
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object'
  readonly description?: string
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly anyOf?: readonly OpenApi[]
  readonly items?: OpenApi
  readonly minItems?: number
  readonly maxItems?: number
  readonly properties?: Readonly<Record<string, OpenApi>>
  readonly required?: readonly string[]
  readonly 'x-kubernetes-int-or-string'?: true
  readonly 'x-kubernetes-list-type'?: 'map' | 'set' | 'atomic'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-validations'?: readonly CelRule[]
}

/** What a schema cannot say, in CEL over `self`. */
export interface CelRule {
  readonly rule: string
  readonly message: string
}

/** A text as it stands in CEL: in single quotes. */
export function celText(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`
}

const LONGEST_QUOTE = 80

/** A value as it stands in a message: in quotes, control characters escaped, cut where it is long. */
export function quote(value: string): string {
  return JSON.stringify(value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}…` : value)
}

/** What was there instead: `not "eleven"`, `not 12`, `not a list`, `but there is none`. Options are no secrets. */
export function found(value: unknown): string {
  if (value === undefined || value === null) return 'but there is none'
  if (typeof value === 'string') return `not ${quote(value)}`
  if (Array.isArray(value)) return 'not a list'
  return typeof value === 'object' ? 'not an object' : `not ${String(value)}`
}
