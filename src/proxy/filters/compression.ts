/**
 * Compresses answers on their way to clients that take that (RFC 9110 section 8.4). The client's side of the exchange is
 * replaced by one that compresses before anything is asked of a backend: what decides is the head of the answer. Routes
 * without this filter do not know of it.
 */
import type { CompressionSpec } from '../../model/compression.ts'
import type { FilterSpec } from '../../model/filter.ts'
import type { Exchange } from '../exchange.ts'
import type { HeaderList } from '../headers.ts'
import type { Filter } from '../types.ts'
import { chooseCoding } from './accept-encoding.ts'
import { CompressedDownstream } from './compressed-downstream.ts'

type Spec = Extract<FilterSpec, { kind: 'compression' }>

/** Whole answers of which clients read the body. */
const STATUSES: ReadonlySet<number> = new Set([200, 203, 403, 404, 410])
/** They vouch for the bytes as they are (RFC 9530), or say that a part of them is meant. */
const BOUND_TO_BYTES = ['content-range', 'content-digest', 'repr-digest', 'digest', 'content-md5']

export function compression(spec: Spec): Filter {
  return {
    onRequest: (exchange) => {
      exchange.downstream = new CompressedDownstream(exchange.downstream, exchange, (status, headers, length) =>
        codingOf(spec, exchange, { status, headers, length }),
      )
      return undefined
    },
  }
}

interface Head {
  readonly status: number
  readonly headers: HeaderList
  readonly length: number
}

/** What the body of an answer is to be compressed by; says in its fields that this depends on the client. */
function codingOf(spec: Spec, { requestHeaders, method }: Exchange, { status, headers, length }: Head) {
  // There is nothing behind the head of an answer to HEAD but what it says.
  const bytes = method === 'HEAD' ? Number(headers.get('content-length') ?? -1) : length
  if (!STATUSES.has(status) || (bytes >= 0 && bytes < spec.minBytes) || !isOfType(headers, spec)) return undefined
  const encoded = headers.get('content-encoding')
  if (encoded !== undefined && encoded.toLowerCase() !== 'identity') return undefined
  if (isFixed(requestHeaders) || isFixed(headers) || BOUND_TO_BYTES.some((name) => headers.has(name))) return undefined
  vary(headers)
  return chooseCoding(requestHeaders.getAll('accept-encoding'), spec.codings)
}

function isOfType(headers: HeaderList, { types }: CompressionSpec): boolean {
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  // Events are small, and wait for nobody.
  if (type === undefined || type === 'text/event-stream') return false
  return types.includes(type) || types.includes(`${type.slice(0, type.indexOf('/'))}/*`)
}

/** RFC 9111 sections 5.2.1.6 and 5.2.2.6. */
function isFixed(headers: HeaderList): boolean {
  return headers.getAll('cache-control').some((line) => /(^|[\s,])no-transform($|[\s,])/i.test(line))
}

/** A cache must not give one client what another one can read (RFC 9110 section 12.5.5). */
function vary(headers: HeaderList): void {
  const named = headers.getAll('vary').flatMap((line) => line.split(',').map((name) => name.trim().toLowerCase()))
  if (!named.includes('accept-encoding') && !named.includes('*')) headers.add('Vary', 'Accept-Encoding')
}
