/** What every Kubernetes object has. */
import { alike } from '../../../lib/alike.ts'
import { integer, mapOf, object, optional, type Place, type Read, type Shape, text } from '../../../lib/shape.ts'
import type { Origin } from '../../../model/route.ts'

/** Names that can be part of a path or a key (RFC 1123 subdomain; some kinds are stricter, none is looser). */
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/

const name: Shape<string> = {
  read: (value, at) => {
    const read = text.read(value, at)
    return read === undefined || NAME.test(read) ? read : at.complain(NAME_EXPECTED)
  },
}

const NAME_EXPECTED = 'expected lower-case letters, digits, "-" and ".", from 1 to 253 of them'

/** A date as RFC 3339 writes it, read to milliseconds since the epoch. */
export const date: Shape<number> = {
  read: (value, at: Place) => {
    const read = text.read(value, at)
    if (read === undefined) return undefined
    const time = Date.parse(read)
    return Number.isNaN(time) ? at.complain('expected a date such as 2026-01-31T12:00:00Z') : time
  },
}

/** Enough to know which object it is. */
export const IDENTITY = object({ metadata: object({ name, namespace: optional(name) }) })

export const HEAD = object({
  metadata: object({
    /** Tells an object from a later one of its name; an API server gives it. */
    uid: optional(text),
    /** Counts changes of the specification; an API server does. */
    generation: optional(integer),
    creationTimestamp: optional(date),
    /** Somebody wants it gone: when it will have been given its time, as the API server's clock has it. */
    deletionTimestamp: optional(date),
    /** That time in seconds, as asked for with the deletion. */
    deletionGracePeriodSeconds: optional(integer),
    labels: alike(mapOf(text)),
    annotations: mapOf(text),
  }),
})

type HeadFields = Read<typeof HEAD>['metadata']

export interface Metadata extends HeadFields {
  readonly name: string
  /** Empty for kinds that live in no namespace. */
  readonly namespace: string
}

/** `Service/shop/web`: one object of the cluster, whether it exists or not. */
export type Ref = `${string}/${string}/${string}`

export function refOf(kind: string, namespace: string, name: string): Ref {
  return `${kind}/${namespace}/${name}`
}

/** What the objects of every kind have in common. */
export interface Identified {
  /** As Kubernetes writes it; kinds of our own group carry its name: `RoutePolicy.sluice.dev`. */
  readonly kind: string
  readonly metadata: Metadata
  /** The file it was read from, relative to its folder, where the source is a folder. */
  readonly file?: string
}

/** Is it a kind of our own group, served or not? */
export function isOwnKind(kind: string): boolean {
  return kind.endsWith('.sluice.dev')
}

/** The origin of an object or of one of its fields. */
export function originOf({ kind, metadata, file }: Identified, field?: string): Origin {
  return {
    kind,
    namespace: metadata.namespace,
    name: metadata.name,
    ...(field === undefined ? {} : { field }),
    ...(file === undefined ? {} : { file }),
  }
}

/** The field of one annotation, as it stands in an origin. */
export function annotationField(name: string): string {
  return `metadata.annotations[${JSON.stringify(name)}]`
}
