/** From untyped JSON to an object that can be relied on, or to a precise account of why not. */
import { type Complaint, isObject, readShape, type UnknownFields } from '../../../lib/shape.ts'
import type { Origin } from '../../../model/route.ts'
import { KINDS, type KindRow, type KubernetesObject, kindRow, plainKind } from './kinds.ts'
import { HEAD, IDENTITY, type Metadata, type Ref, refOf } from './metadata.ts'

export type Decoded =
  | { readonly outcome: 'object'; readonly ref: Ref; readonly object: KubernetesObject }
  /** It is clear which object this is, but it cannot be read. */
  | {
      readonly outcome: 'unreadable'
      readonly ref: Ref
      readonly origin: Origin
      readonly complaints: readonly Complaint[]
    }
  /** A kind that is not read. `hint` says which one of that name is, where there is one. */
  | { readonly outcome: 'foreign'; readonly origin: Origin; readonly apiVersion: string; readonly hint?: string }
  /** It is not even clear which object this is. */
  | { readonly outcome: 'anonymous'; readonly complaint: string }

const DEFAULT_NAMESPACE = 'default'

/** Where an object was read from, and what that means for how it is read. */
export interface Provenance {
  /** Relative to its folder, where the source is a folder. */
  readonly file?: string
  /** An API server checked the object already, and may know fields that we do not: `ignore`. */
  readonly unknownFields?: UnknownFields
}

export function decodeObject(raw: unknown, from: Provenance = {}): Decoded {
  if (!isObject(raw)) return anonymous('expected a Kubernetes object')
  const { apiVersion, kind } = raw
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return anonymous('expected apiVersion and kind')
  const row = kindRow(apiVersion, kind)
  if (row === undefined || (row.clusterOnly === true && from.file !== undefined))
    return foreign(apiVersion, kind, { raw, from })
  const identity = readShape(IDENTITY, raw)
  if ('complaints' in identity) return anonymous(`${kind}: ${sentence(identity.complaints)}`)
  const { name, namespace = DEFAULT_NAMESPACE } = identity.value.metadata
  return decodeBody(row, { name, namespace: row.namespaced ? namespace : '' }, { raw, from })
}

interface Document {
  readonly raw: Readonly<Record<string, unknown>>
  readonly from: Provenance
}

function decodeBody(row: KindRow, name: Pick<Metadata, 'name' | 'namespace'>, { raw, from }: Document): Decoded {
  const ref = refOf(row.kind, name.namespace, name.name)
  const head = readShape(HEAD, raw, from.unknownFields)
  const body = readShape(row.shape, raw, from.unknownFields)
  if ('complaints' in head || 'complaints' in body) {
    const complaints = [head, body].flatMap((read) => ('complaints' in read ? read.complaints : []))
    return { outcome: 'unreadable', ref, origin: { kind: row.kind, ...name, ...inFile(from) }, complaints }
  }
  const identified = { kind: row.kind, metadata: { ...head.value.metadata, ...name }, ...inFile(from) }
  // The row pairs a kind with the shape of just that kind, which the type system cannot see.
  return { outcome: 'object', ref, object: { ...body.value, ...identified } as KubernetesObject }
}

function foreign(apiVersion: string, kind: string, { raw, from }: Document): Decoded {
  const metadata = isObject(raw.metadata) ? raw.metadata : {}
  const word = (value: unknown) => (typeof value === 'string' ? value : '')
  const namesake = KINDS.find((row) => plainKind(row.kind) === kind && row.clusterOnly !== true)
  return {
    outcome: 'foreign',
    apiVersion,
    origin: { kind, namespace: word(metadata.namespace), name: word(metadata.name), ...inFile(from) },
    ...(namesake === undefined ? {} : { hint: `${namesake.apiVersion} is` }),
  }
}

function anonymous(complaint: string): Decoded {
  return { outcome: 'anonymous', complaint }
}

function inFile({ file }: Provenance): { readonly file?: string } {
  return file === undefined ? {} : { file }
}

function sentence(complaints: readonly Complaint[]): string {
  return complaints.map(({ field, message }) => `${field}: ${message}`).join('; ')
}
