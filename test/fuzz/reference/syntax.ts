/**
 * The grammar of HTTP/1.1 messages (RFC 9110, RFC 9112), read as literally and slowly as it is written, from whole
 * strings of Latin-1. It shares nothing with the codec that it judges. Whatever two readers could take differently is
 * no message here.
 */
export type Fields = readonly (readonly [name: string, value: string])[]

/** What was read and the offset behind it; or `more` where the text ends too early; or why it is no message. */
export type Read<T> = { readonly value: T; readonly next: number } | string
export const MORE = 'more'

export interface Limits {
  readonly requestLineBytes: number
  readonly headerBytes: number
  readonly headerFields: number
}

/** Whoever reads what a proxy forwards allows for the fields that it adds. */
export function roomier({ requestLineBytes, headerBytes, headerFields }: Limits): Limits {
  return { requestLineBytes, headerBytes: headerBytes + 4096, headerFields: headerFields + 16 }
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const FIELD_LINE = new RegExp(`^(${TOKEN}):([\\t\\x20-\\x7e\\x80-\\xff]*)$`)
const QUOTED = '"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"'
const EXTENSION = `[ \\t]*;[ \\t]*${TOKEN}(?:[ \\t]*=[ \\t]*(?:${TOKEN}|${QUOTED}))?`
const SIZE_LINE = new RegExp(`^([0-9A-Fa-f]{1,64})((?:${EXTENSION})*)$`)
const EXTENSION_LINE_MOST = 1024
const EXTENSIONS_MOST = 16 * 1024
const SIZE_MOST = 2 ** 48

export interface Head {
  readonly start: string
  readonly fields: Fields
}

export function readHead(text: string, at: number, mostBytes: number, mostFields: number): Read<Head> {
  const end = text.indexOf('\r\n\r\n', at)
  if (end < 0) return MORE
  if (end - at > mostBytes) return 'head too large'
  const [start = '', ...lines] = text.slice(at, end).split('\r\n')
  const fields = readFields(lines, mostFields)
  return typeof fields === 'string' ? fields : { value: { start, fields }, next: end + 4 }
}

function readFields(lines: readonly string[], most: number): Fields | string {
  if (lines.length > most) return 'too many fields'
  const fields: [string, string][] = []
  for (const line of lines) {
    const match = FIELD_LINE.exec(line)
    if (match === null) return `field line ${JSON.stringify(line)}`
    fields.push([match[1]!.toLowerCase(), match[2]!.replace(/^[ \t]+/, '').replace(/[ \t]+$/, '')])
  }
  return fields
}

export function values(fields: Fields, name: string): string[] {
  return fields.filter(([n]) => n === name).map(([, value]) => value)
}

/** Elements of comma-separated lists, lower case, without empty ones. */
export function elements(fields: Fields, name: string): string[] {
  const parts = values(fields, name).join(',').toLowerCase().split(',')
  return parts.map((part) => part.replace(/^[ \t]+|[ \t]+$/g, '')).filter((part) => part !== '')
}

export function isToken(text: string): boolean {
  return new RegExp(`^${TOKEN}$`).test(text)
}

export type Framing = 'none' | 'chunked' | 'until-close' | { readonly length: number }

/** The one length that all readers agree upon, or why there is none (RFC 9112 section 6). */
export function framingOf(fields: Fields, minor: 0 | 1, neither: 'none' | 'until-close'): Framing | { bad: string } {
  const lengths = values(fields, 'content-length')
  const codings = values(fields, 'transfer-encoding')
  if (lengths.length + codings.length > 1) return { bad: 'several framing fields' }
  const [coding] = codings
  if (coding !== undefined) {
    return coding.toLowerCase() === 'chunked' && minor === 1 ? 'chunked' : { bad: `coding ${coding}` }
  }
  const [length] = lengths
  if (length === undefined) return neither
  if (!/^[0-9]+$/.test(length) || Number(length) >= 1e15) return { bad: `length ${length}` }
  return { length: Number(length) }
}

export interface Body {
  readonly content: string
  readonly trailers: Fields
}

const NO_TRAILERS: Fields = []

/** @param closed whether the connection ends behind the text. */
export function readBody(
  text: string,
  at: number,
  how: { framing: Framing; closed: boolean; limits: Limits },
): Read<Body> {
  const { framing, closed, limits } = how
  if (framing === 'none') return { value: { content: '', trailers: NO_TRAILERS }, next: at }
  if (framing === 'chunked') return readChunked(text, at, limits)
  if (framing === 'until-close') {
    return closed ? { value: { content: text.slice(at), trailers: NO_TRAILERS }, next: text.length } : MORE
  }
  const next = at + framing.length
  return next > text.length ? MORE : { value: { content: text.slice(at, next), trailers: NO_TRAILERS }, next }
}

function readChunked(text: string, at: number, limits: Limits): Read<Body> {
  let content = ''
  let extensions = 0
  for (;;) {
    const end = text.indexOf('\r\n', at)
    if (end < 0) return MORE
    const match = SIZE_LINE.exec(text.slice(at, end))
    if (match === null) return `size line ${JSON.stringify(text.slice(at, end).slice(0, 80))}`
    const size = Number.parseInt(match[1]!, 16)
    extensions += match[2]!.length
    if (size > SIZE_MOST || match[2]!.length > EXTENSION_LINE_MOST || extensions > EXTENSIONS_MOST)
      return 'size line limits'
    at = end + 2
    if (size === 0) return readTrailers(text, at, { content, limits })
    content += text.slice(at, at + size)
    at += size
    const lineEnd = text.slice(at, at + 2)
    if (!'\r\n'.startsWith(lineEnd)) return 'no line end behind a chunk'
    if (lineEnd.length < 2) return MORE
    at += 2
  }
}

function readTrailers(text: string, at: number, { content, limits }: { content: string; limits: Limits }): Read<Body> {
  if (text.startsWith('\r\n', at)) return { value: { content, trailers: NO_TRAILERS }, next: at + 2 }
  const end = text.indexOf('\r\n\r\n', at)
  if (end < 0) return MORE
  if (end + 4 - at > limits.headerBytes) return 'trailers too large'
  const trailers = readFields(text.slice(at, end).split('\r\n'), limits.headerFields)
  return typeof trailers === 'string' ? trailers : { value: { content, trailers }, next: end + 4 }
}
