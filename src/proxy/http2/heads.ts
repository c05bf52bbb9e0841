/**
 * Heads of requests and responses, and trailers, out of a header block that came whole (RFC 9113 sections 8.2 and 8.3).
 * What is malformed becomes a sentence; nothing is repaired.
 */
import type { HeaderList } from '../headers.ts'
import { HOST_NAME, STRUCTURED, TARGET, TOKEN } from '../http1/chars.ts'
import type { FieldBlock } from './field-block.ts'
import { KIND } from './field-kind.ts'
import { type Priority, parsePriority } from './priority.ts'

export interface RequestHead {
  readonly method: string
  /** Empty for CONNECT without a protocol. */
  readonly scheme: string
  /** From `:authority`, or Host in its absence; it is the Host field of `fields`, too. */
  readonly authority: string
  /** With its query; empty for CONNECT without a protocol. */
  readonly path: string
  /** Whether the path is in normal form: a slash, and nothing that is encoded, dotted or a query. */
  readonly plainPath: boolean
  /** Of an extended CONNECT (RFC 8441); empty otherwise. */
  readonly protocol: string
  readonly fields: HeaderList
  /** Bytes of the body, where the request says so; -1 otherwise. */
  readonly contentLength: number
  readonly priority: Priority
  /** Names of fields that must never enter a table (RFC 7541 section 7.1.3), to be told to the next encoder. */
  readonly sensitive: readonly string[] | undefined
}

export interface ResponseHead {
  readonly status: number
  readonly fields: HeaderList
  readonly contentLength: number
  readonly sensitive: readonly string[] | undefined
}

/** Longest method name that is taken, as on HTTP/1.1. */
const MAX_METHOD = 32

/** @returns a sentence for what is malformed. */
export function requestHead(block: FieldBlock, extendedConnect: boolean): RequestHead | string {
  if (block.fault !== undefined) return block.fault
  if (block.has(KIND.status)) return ':status in a request'
  const fault = methodFault(block) ?? authorityFault(block)
  if (fault !== undefined) return fault
  const targetFault = isPlainConnect(block) ? connectFault(block) : targetFaultOf(block, extendedConnect)
  if (targetFault !== undefined) return targetFault
  const kinds = kindsOf(block.path)
  if (kinds === MALFORMED) return ':path is malformed'
  return {
    method: block.method,
    scheme: block.scheme,
    authority: block.authority ?? block.host!,
    path: block.path,
    plainPath: (kinds & STRUCTURED) === 0 && block.path.charCodeAt(0) === SLASH,
    protocol: block.protocol,
    fields: block.fields(),
    contentLength: block.contentLength,
    priority: parsePriority(block.priority),
    sensitive: block.sensitive,
  }
}

function isPlainConnect(block: FieldBlock): boolean {
  return block.method === 'CONNECT' && !block.has(KIND.protocol)
}

function methodFault({ method }: FieldBlock): string | undefined {
  if (method === '' || method.length > MAX_METHOD) return ':method is missing, empty or too long'
  return isAll(method, TOKEN) ? undefined : ':method is no token'
}

/** Without user information, and the same as Host where both came (section 8.3.1). */
function authorityFault({ authority, host }: FieldBlock): string | undefined {
  const named = authority ?? host
  if (named === undefined || named === '') return ':authority and host are missing'
  if (authority !== undefined && host !== undefined && authority.toLowerCase() !== host.toLowerCase()) {
    return ':authority and host differ'
  }
  for (let i = 0; i < named.length; i++) {
    const code = named.charCodeAt(i)
    if (HOST_NAME[code] !== 1 && code !== COLON && code !== BRACKET && code !== BRACKET_END) {
      return ':authority is malformed'
    }
  }
  return undefined
}

const COLON = 0x3a
const BRACKET = 0x5b
const BRACKET_END = 0x5d
const SLASH = 0x2f

/** Section 8.5: no scheme and no path. */
function connectFault(block: FieldBlock): string | undefined {
  return block.has(KIND.scheme) || block.has(KIND.path) ? 'CONNECT with :scheme or :path' : undefined
}

function targetFaultOf(block: FieldBlock, extendedConnect: boolean): string | undefined {
  const { method, path, scheme } = block
  if (block.has(KIND.protocol)) {
    if (method !== 'CONNECT' || !extendedConnect) return ':protocol without CONNECT, or where it is not offered'
    if (!isAll(block.protocol, TOKEN) || block.protocol === '') return ':protocol is no token'
  }
  if (scheme !== 'https' && scheme !== 'http') return ':scheme is missing or neither http nor https'
  if ((path === '*' && method === 'OPTIONS') || path.charCodeAt(0) === SLASH) return undefined
  return ':path is missing, empty or without a slash at its beginning'
}

const MALFORMED = -1

/** What kinds of bytes a target has (see `TARGET`), all bits of them. */
function kindsOf(path: string): number {
  let kinds = 0
  for (let i = 0; i < path.length; i++) {
    const kind = TARGET[path.charCodeAt(i)]!
    if (kind === 0) return MALFORMED
    kinds |= kind
  }
  return kinds
}

function isAll(text: string, table: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (table[text.charCodeAt(i)]! === 0) return false
  return true
}

/** @returns a sentence for what is malformed. */
export function responseHead(block: FieldBlock): ResponseHead | string {
  if (block.fault !== undefined) return block.fault
  const { status, contentLength, sensitive } = block
  const others = [KIND.authority, KIND.method, KIND.path, KIND.scheme, KIND.protocol]
  if (others.some((kind) => block.has(kind))) return 'a pseudo-field of requests in a response'
  // 101 has no meaning here (section 8.6).
  if (!/^[1-5][0-9][0-9]$/.test(status) || status === '101') return ':status is missing or malformed'
  return { status: Number(status), fields: block.fields(), contentLength, sensitive }
}

/** @returns a sentence for what is malformed. */
export function trailers(block: FieldBlock): HeaderList | string {
  if (block.fault !== undefined) return block.fault
  return block.hasPseudo ? 'a pseudo-field in trailers' : block.fields()
}
