/** Content codings that answers can be given (RFC 9110 section 8.4.1, RFC 7932, RFC 8878). */
export const CODINGS = ['zstd', 'br', 'gzip'] as const
export type Coding = (typeof CODINGS)[number]

export interface CompressionSpec {
  /** The preferred ones first, where a client does not care. */
  readonly codings: readonly Coding[]
  /** Media types, without parameters; `text/*` is all of them. */
  readonly types: readonly string[]
  /** Answers that are known to be shorter stay as they are. */
  readonly minBytes: number
}

/** What gains most: text of all kinds, which no format has compressed itself. */
export const COMPRESSED_TYPES = [
  'text/html',
  'text/plain',
  'text/css',
  'text/csv',
  'text/xml',
  'text/javascript',
  'application/javascript',
  'application/json',
  'application/ld+json',
  'application/manifest+json',
  'application/problem+json',
  'application/xml',
  'application/xhtml+xml',
  'application/rss+xml',
  'application/atom+xml',
  'application/wasm',
  'image/svg+xml',
] as const
