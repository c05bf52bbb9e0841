/**
 * A second, deliberately plain reader of HTTP/1.1 messages, so that tests do not judge the codec by itself. It takes
 * well-formed messages only, and throws on anything else.
 */
export interface Message {
  /** Request line or status line. */
  readonly start: string
  /** Of a response; 0 for a request. */
  readonly status: number
  /** By lower-case name; lines of the same name are joined with `, `. */
  readonly fields: ReadonlyMap<string, string>
  /** Latin-1. */
  readonly body: string
  readonly trailers: ReadonlyMap<string, string>
  /** Length of the whole message. */
  readonly bytes: number
}

export interface ReadOptions {
  /** Whether nothing more will come: the end of a body that ends with its connection. */
  readonly ended: boolean
  /** Whether it answers HEAD. */
  readonly bodyless: boolean
}

/** @returns undefined where something is missing. */
export function parseMessage(text: string, { ended, bodyless }: ReadOptions): Message | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [start = '', ...lines] = text.slice(0, end).split('\r\n')
  const fields = fieldsOf(lines)
  const response = /^HTTP\/1\.1 (\d{3}) /.exec(start)
  if (response === null && !/^[A-Z]+ \S+ HTTP\/1\.1$/.test(start))
    throw new Error(`start line ${JSON.stringify(start)}`)
  const status = Number(response?.[1] ?? 0)
  const head = { start, status, fields }
  const from = end + 4
  const none = response === null ? !isFramed(fields) : bodyless || status < 200 || status === 204 || status === 304
  if (none) return { ...head, body: '', trailers: new Map(), bytes: from }
  if (fields.get('transfer-encoding') === 'chunked') return chunked(text, from, head)
  const announced = fields.get('content-length')
  if (announced === undefined && !ended) return undefined
  const length = announced === undefined ? text.length - from : Number(announced)
  if (text.length < from + length) return undefined
  return { ...head, body: text.slice(from, from + length), trailers: new Map(), bytes: from + length }
}

/** How long a text has to be to hold all of the message that it begins with, as far as the head says so. */
export function leastLength(text: string): number {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return 0
  const length = fieldsOf(text.slice(0, end).split('\r\n').slice(1)).get('content-length')
  return length === undefined ? 0 : end + 4 + Number(length)
}

function isFramed(fields: ReadonlyMap<string, string>): boolean {
  return fields.has('content-length') || fields.has('transfer-encoding')
}

function fieldsOf(lines: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>()
  for (const line of lines) {
    const [, name, value] = /^([^:\s]+): ?(.*)$/.exec(line) ?? []
    if (name === undefined) throw new Error(`field line ${JSON.stringify(line)}`)
    const key = name.toLowerCase()
    const before = fields.get(key)
    fields.set(key, before === undefined ? value! : `${before}, ${value}`)
  }
  return fields
}

function chunked(text: string, from: number, head: Pick<Message, 'start' | 'status' | 'fields'>): Message | undefined {
  let body = ''
  let at = from
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const line = text.slice(at, lineEnd)
    if (!/^[0-9a-f]+$/.test(line)) throw new Error(`chunk size ${JSON.stringify(line)}`)
    const size = Number.parseInt(line, 16)
    at = lineEnd + 2
    if (size === 0) break
    if (text.length < at + size + 2) return undefined
    body += text.slice(at, at + size)
    if (text.slice(at + size, at + size + 2) !== '\r\n') throw new Error('chunk without its end')
    at += size + 2
  }
  const end = text.startsWith('\r\n', at) ? at : text.indexOf('\r\n\r\n', at) + 2
  if (end < at) return undefined
  const lines = text
    .slice(at, end)
    .split('\r\n')
    .filter((line) => line !== '')
  return { ...head, body, trailers: fieldsOf(lines), bytes: end + 2 }
}
