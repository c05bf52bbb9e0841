/** Paths as an Ingress may write them, brought into the form that requests are matched in. */
import { Buffer } from 'node:buffer'
import { normalizePath } from '../../lib/path.ts'
import { quote } from '../../lib/schema.ts'
import type { MatchSpec } from '../../model/route.ts'

export type PathMatch = MatchSpec['path']
export type ParsedPath =
  /** With a doubt where it may not mean what its author thinks. */
  | { readonly match: PathMatch; readonly doubt?: string }
  | { readonly field: 'path' | 'pathType'; readonly complaint: string }

/** Covers everything. */
/** Where certificates are asked for, authorities look here, before there is one (RFC 8555 section 8.3). */
const CHALLENGES = '/.well-known/acme-challenge/'

/** Whether a path is for them alone. */
export function isChallenge({ value }: PathMatch): boolean {
  return value.startsWith(CHALLENGES)
}

export const ROOT: PathMatch = { kind: 'prefix', value: '/' }

const LONGEST_BYTES = 4096

/**
 * One path of a rule. Our own class is strict: `ImplementationSpecific` means `Prefix`, and `Exact` means exact.
 * The path may be left out with `ImplementationSpecific`; then it is `/`.
 */
export function parsePath(path: string | undefined, pathType: string | undefined): ParsedPath {
  const kind = PATH_TYPES.get(pathType ?? '')
  if (kind === undefined) {
    const found = pathType === undefined ? 'but there is none' : `not ${quote(pathType)}`
    return { field: 'pathType', complaint: `expected Exact, Prefix or ImplementationSpecific, ${found}` }
  }
  const written = path || (pathType === 'ImplementationSpecific' ? '/' : '')
  const value = written.startsWith('/') ? normalizeWritten(written) : undefined
  if (value === undefined) return { field: 'path', complaint: `${quote(written)}: ${expectation(written)}` }
  const match = { kind, value: kind === 'exact' ? value : withoutTrailingSlash(value) }
  if (pathType !== 'ImplementationSpecific' || !PATTERN.test(written)) return { match }
  return { match, doubt: `${quote(written)} is taken literally, as a prefix; there are no regular expressions` }
}

/** What other controllers take for a regular expression where the path type leaves it to them. */
const PATTERN = /[()[\]{}*^$|\\]/

const PATH_TYPES: ReadonlyMap<string, PathMatch['kind']> = new Map([
  ['Exact', 'exact'],
  ['Prefix', 'prefix'],
  ['ImplementationSpecific', 'prefix'],
])

/** People may write characters that a request carries percent-encoded (RFC 3987 section 3.1). */
function normalizeWritten(path: string): string | undefined {
  if (Buffer.byteLength(path) > LONGEST_BYTES || !path.isWellFormed()) return undefined
  return normalizePath(path.replace(/[\u0080-\u{10ffff}]+/gu, encodeURIComponent))
}

/** `/foo/` and `/foo` are the same prefix: both match the segments that follow. */
function withoutTrailingSlash(path: string): string {
  let end = path.length
  while (end > 1 && path[end - 1] === '/') end--
  return path.slice(0, end)
}

function expectation(path: string): string {
  if (!path.startsWith('/')) return 'expected a path that starts with "/"'
  if (Buffer.byteLength(path) > LONGEST_BYTES) return `expected a path of at most ${LONGEST_BYTES} bytes`
  if (/[\0-\x20\x7f]/.test(path)) return 'expected a path without spaces and control characters'
  if (/[?#]/.test(path)) return 'expected a path without "?" and "#"'
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return 'expected two hexadecimal digits after each "%"'
  if (path.includes('%00')) return 'expected a path without an encoded NUL'
  return path.isWellFormed() ? 'expected a path that stays below "/"' : 'expected well-formed Unicode'
}
