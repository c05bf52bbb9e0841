/**
 * An object as a flat record of its leaves, by path (`timeouts.connect`). This is how values of several sources come
 * together: each leaf is set or not, good or bad, for itself.
 */
import type { Place } from '../shape.ts'
import type { Field } from './field.ts'
import { type Members, type ObjectField, present } from './object.ts'

/** `'timeouts.connect' | 'timeouts.response' | …`. */
export type Path<M extends Members> = {
  [K in keyof M & string]: M[K]['field'] extends ObjectField<infer Inner> ? `${K}.${Path<Inner>}` : K
}[keyof M & string]

type LeafAt<M extends Members, P extends string> = P extends `${infer Head}.${infer Rest}`
  ? M[Head]['field'] extends ObjectField<infer Inner>
    ? LeafAt<Inner, Rest>
    : never
  : M[P]['field'] extends Field<infer T>
    ? T
    : never

/** The values of all leaves by their paths. */
export type Leaves<M extends Members> = { readonly [P in Path<M>]: LeafAt<M, P> }

/** One leaf of an object. */
export interface Leaf {
  readonly path: string
  readonly field: Field<unknown>
  readonly doc: string
}

/** All leaves, in the order in which they were written. */
export function leavesOf(members: Members, prefix = ''): readonly Leaf[] {
  return Object.entries(members).flatMap(([name, { field, doc }]) => {
    const path = `${prefix}${name}`
    return isGroup(field) ? leavesOf(field.members, `${path}.`) : [{ path, field, doc }]
  })
}

/** Reads the leaves that are there and good; of the others the place hears. */
export function readLeaves<M extends Members>(members: M, value: unknown, at: Place): Partial<Leaves<M>> {
  return Object.fromEntries(goodLeaves(members, value, at)) as Partial<Leaves<M>>
}

function goodLeaves(members: Members, value: unknown, at: Place): readonly (readonly [string, unknown])[] {
  return [...present(members, value, at)].flatMap(({ name, field, given, at: place }) => {
    if (isGroup(field)) return goodLeaves(field.members, given, place).map(([path, leaf]) => [`${name}.${path}`, leaf])
    const read = field.read(given, place)
    return read === undefined ? [] : [[name, read]]
  }) as (readonly [string, unknown])[]
}

/** Whether a complaint about one path is about a leaf: about itself, a part of it, or what it is part of. */
export function concerns(complaint: string, leaf: string): boolean {
  return complaint === leaf || /^[.[]/.test(rest(complaint, leaf)) || /^\./.test(rest(leaf, complaint))
}

/** What follows a prefix; empty where it is none. */
function rest(path: string, prefix: string): string {
  return path.startsWith(prefix) ? path.slice(prefix.length) : ''
}

function isGroup(field: Field<unknown>): field is ObjectField {
  return 'members' in field
}
