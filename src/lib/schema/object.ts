/** Objects: members with a name and a sentence each, of which some may be left out. */
import { complainOfStrangers, isObject, type Place } from '../shape.ts'
import { type CelRule, type Field, found, type OpenApi } from './field.ts'

/** One member of an object. */
export interface Member<F extends Field<unknown> = Field<unknown>, R extends boolean = boolean> {
  readonly field: F
  /** For documentation: what it means, in a sentence or two. */
  readonly doc: string
  readonly required: R
}

export type Members = Readonly<Record<string, Member>>

type RequiredKey<M extends Members> = { [K in keyof M]: M[K]['required'] extends true ? K : never }[keyof M]
type ValueOf<M> = M extends Member<Field<infer T>> ? T : never
type ObjectOf<M extends Members> = { readonly [K in RequiredKey<M>]: ValueOf<M[K]> } & {
  readonly [K in Exclude<keyof M, RequiredKey<M>>]?: ValueOf<M[K]>
}

export interface ObjectField<M extends Members = Members> extends Field<ObjectOf<M>> {
  readonly members: M
}

/** A member that may be left out; `null` is the same, as it is to Kubernetes. */
export function optional<F extends Field<unknown>>(field: F, doc: string): Member<F, false> {
  return { field, doc, required: false }
}

export function required<F extends Field<unknown>>(field: F, doc: string): Member<F, true> {
  return { field, doc, required: true }
}

/** An object with these members and no others. Rules say in CEL what depends on several of them. */
export function object<const M extends Members>(members: M, rules: readonly CelRule[] = []): ObjectField<M> {
  return {
    members,
    expected: `an object with ${Object.keys(members).join(', ')}`,
    openApi: openApi(members, rules),
    read: (value, at) => {
      const read = [...present(members, value, at)].map(({ name, field, given, at: place }) => {
        return [name, field.read(given, place)] as const
      })
      const isWhole = isObject(value) && Object.keys(members).every((name) => isThere(name, members, read))
      return isWhole ? (Object.fromEntries(read) as ObjectOf<M>) : undefined
    },
  }
}

function isThere(name: string, members: Members, read: readonly (readonly [string, unknown])[]): boolean {
  const found = read.find(([key]) => key === name)
  return found === undefined ? !members[name]!.required : found[1] !== undefined
}

/** A member that has a value, and where that stands. */
export interface Present {
  readonly name: string
  readonly field: Field<unknown>
  readonly given: unknown
  readonly at: Place
}

/** The members that have a value; complains of those that are missing or unknown. */
export function* present(members: Members, value: unknown, at: Place): Generator<Present> {
  if (!isObject(value)) return at.complain(`expected an object, ${found(value)}`)
  complainOfStrangers(value, Object.keys(members), at)
  for (const [name, { field, required: isRequired }] of Object.entries(members)) {
    const given = Object.hasOwn(value, name) ? value[name] : undefined
    if (given !== undefined && given !== null) yield { name, field, given, at: at.property(name) }
    else if (isRequired) at.property(name).complain(`expected ${field.expected}, but there is none`)
  }
}

function openApi(members: Members, rules: readonly CelRule[]): OpenApi {
  const all = Object.entries(members)
  const wanted = all.filter(([, member]) => member.required).map(([name]) => name)
  return {
    type: 'object',
    ...(wanted.length === 0 ? {} : { required: wanted }),
    properties: Object.fromEntries(all.map(([name, { field, doc }]) => [name, { description: doc, ...field.openApi }])),
    ...(rules.length === 0 ? {} : { 'x-kubernetes-validations': rules }),
  }
}
