/**
 * Shapes of JSON objects: what must be there, of which type, read into a typed value with a complaint for every
 * field that is wrong. A shape checks form alone; whether a host is a host is for the code that uses it.
 *
 * `null` is the same as absent, as it is to Kubernetes. Complaints name types, never values: what is read may be
 * a Secret.
 */
import { nearest } from './nearest.ts'

export interface Complaint {
  /** Path inside the object, as in `spec.rules[0].host`. */
  readonly field: string
  /** `expected a text, not a number`. */
  readonly message: string
  /** There is no such field: what stands there is not read. */
  readonly isUnknown?: true
}

/**
 * What `exactly` does about a field that its shape does not name. A person who wrote one misspelt something; a
 * server that sends one is newer than we are.
 */
export type UnknownFields = 'complain' | 'ignore'

/** A field that is being read, and where complaints about it go. */
export class Place {
  readonly field: string
  readonly unknownFields: UnknownFields
  readonly #complaints: Complaint[]

  constructor(field: string, complaints: Complaint[], unknownFields: UnknownFields = 'complain') {
    this.field = field
    this.#complaints = complaints
    this.unknownFields = unknownFields
  }

  /** How many there are so far, about this field and all others. */
  get complaints(): number {
    return this.#complaints.length
  }

  property(name: string): Place {
    return this.#at(this.field === '' ? name : `${this.field}.${name}`)
  }

  item(index: number): Place {
    return this.#at(`${this.field}[${index}]`)
  }

  key(name: string): Place {
    return this.#at(`${this.field}[${JSON.stringify(name)}]`)
  }

  complain(message: string): undefined {
    this.#complaints.push({ field: this.field, message })
  }

  complainUnknown(message: string): void {
    this.#complaints.push({ field: this.field, message, isUnknown: true })
  }

  #at(field: string): Place {
    return new Place(field, this.#complaints, this.unknownFields)
  }
}

export interface Shape<T> {
  /** Reads what stands at a field; complains and returns `undefined` where it is wrong. */
  readonly read: (value: unknown, at: Place) => T | undefined
}

interface OptionalShape<T> extends Shape<T> {
  readonly optional: true
}

/** The TypeScript type of what a shape reads. */
export type Read<S> = S extends Shape<infer T> ? T : never

type Fields = Readonly<Record<string, Shape<unknown>>>
type OptionalKey<F extends Fields> = { [K in keyof F]: F[K] extends OptionalShape<unknown> ? K : never }[keyof F]
type ObjectOf<F extends Fields> = { readonly [K in Exclude<keyof F, OptionalKey<F>>]: Read<F[K]> } & {
  readonly [K in OptionalKey<F>]?: Read<F[K]>
}

export const text: Shape<string> = scalar('a text', (value) => typeof value === 'string')
export const flag: Shape<boolean> = scalar('true or false', (value) => typeof value === 'boolean')
export const integer: Shape<number> = scalar('an integer', (value) => Number.isSafeInteger(value))
export const integerOrText: Shape<number | string> = scalar(
  'an integer or a text',
  (value) => typeof value === 'string' || Number.isSafeInteger(value),
)
/** Whatever it is; for what is kept, not read. */
export const anything: OptionalShape<unknown> = { optional: true, read: (value) => value ?? undefined }

/** A field that may be absent; then the property is absent too. */
export function optional<T>(shape: Shape<T>): OptionalShape<T> {
  return { optional: true, read: (value, at) => (isAbsent(value) ? undefined : shape.read(value, at)) }
}

/** A list; an absent one is empty. */
export function listOf<T>(item: Shape<T>): Shape<readonly T[]> {
  return {
    read: (value, at) => {
      if (isAbsent(value)) return []
      if (!Array.isArray(value)) return at.complain(mismatch('a list', value))
      return value.map((each: unknown, i) => item.read(each, at.item(i))) as T[]
    },
  }
}

/** One for all objects: most have neither labels nor annotations that are kept, and there may be very many. */
const NO_ENTRIES = new Map<string, never>()

/** Text keys to values of one shape; an absent one is empty. A Map, so that no key means something else. */
export function mapOf<T>(item: Shape<T>): Shape<ReadonlyMap<string, T>> {
  return {
    read: (value, at) => {
      if (isAbsent(value)) return NO_ENTRIES
      if (!isObject(value)) return at.complain(mismatch('an object', value))
      const entries = Object.entries(value)
      if (entries.length === 0) return NO_ENTRIES
      return new Map(entries.map(([key, each]) => [key, item.read(each, at.key(key)) as T]))
    },
  }
}

/** An object; fields that are not named here are none of our business. */
export function object<F extends Fields>(fields: F): Shape<ObjectOf<F>> {
  return {
    read: (value, at) => {
      if (!isObject(value)) return at.complain(mismatch('an object', value))
      const out: Record<string, unknown> = {}
      for (const [key, shape] of Object.entries(fields)) {
        const read = shape.read(Object.hasOwn(value, key) ? value[key] : undefined, at.property(key))
        if (read !== undefined) out[key] = read
      }
      return out as ObjectOf<F>
    },
  }
}

/**
 * An object with these fields and no others: a misspelt one would otherwise change the meaning in silence. Where
 * unknown fields are ignored it is the same as `object`.
 */
export function exactly<F extends Fields>(fields: F): Shape<ObjectOf<F>> {
  const known = Object.keys(fields)
  const lenient = object(fields)
  return {
    read: (value, at) => {
      if (isObject(value)) complainOfStrangers(value, known, at)
      return lenient.read(value, at)
    },
  }
}

/** Complains of the fields of an object that are not among the known ones, where unknown fields matter at all. */
export function complainOfStrangers(value: object, known: readonly string[], at: Place): void {
  if (at.unknownFields === 'ignore') return
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    const meant = nearest(key, known)
    at.property(key).complainUnknown(`there is no such field${meant === undefined ? '' : `; did you mean ${meant}?`}`)
  }
}

/** Reads a whole object. Either there is a value or there are complaints. */
export function readShape<T>(
  shape: Shape<T>,
  value: unknown,
  unknownFields: UnknownFields = 'complain',
): { readonly value: T } | { readonly complaints: Complaint[] } {
  const complaints: Complaint[] = []
  const read = shape.read(value, new Place('', complaints, unknownFields))
  return read === undefined || complaints.length > 0 ? { complaints } : { value: read }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function scalar<T>(expected: string, is: (value: unknown) => boolean): Shape<T> {
  return { read: (value, at) => (is(value) ? (value as T) : at.complain(mismatch(expected, value))) }
}

function mismatch(expected: string, value: unknown): string {
  if (isAbsent(value)) return `expected ${expected}, but there is none`
  const quotable = expected === 'a text' && (typeof value === 'number' || typeof value === 'boolean')
  return `expected ${expected}, not ${typeName(value)}${quotable ? ' (put it in quotes)' : ''}`
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'string') return 'a text'
  return typeof value === 'boolean' ? 'true or false' : 'a number'
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null
}
