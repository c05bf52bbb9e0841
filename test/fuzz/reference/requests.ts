/**
 * Which requests a byte stream of a client holds, and whether a strict proxy serves them. The first one that is
 * ambiguous, or that it must not serve, ends the stream.
 */
import { isIPv6 } from 'node:net'
import {
  type Body,
  elements,
  type Fields,
  type Framing,
  framingOf,
  type Limits,
  MORE,
  type Read,
  readBody,
  readHead,
  values,
} from './syntax.ts'

export interface RequestHead {
  readonly method: string
  readonly target: string
  readonly minor: 0 | 1
  readonly fields: Fields
}

export interface Request extends RequestHead, Body {
  readonly framing: Framing
}

/** Where and how a request target leads (RFC 9112 section 3.2). */
export interface Place {
  readonly authority: string | undefined
  readonly path: string
  readonly query: string
}

export interface RequestStream {
  readonly requests: readonly Request[]
  /** Offset behind each of them. */
  readonly ends: readonly number[]
  /** `clean` at a boundary; `more` within a request; `closed` behind one that ends the connection; `refused`. */
  readonly end: 'clean' | 'more' | 'closed' | 'refused'
  readonly why: string
  /** The head of the request that never became complete, where it was in order. */
  readonly partial: RequestHead | undefined
}

const METHOD_MOST = 32

/** What a client sends. */
export function readRequests(text: string, limits: Limits): RequestStream {
  const requests: Request[] = []
  const ends: number[] = []
  const over = (end: RequestStream['end'], why = '', partial?: RequestHead): RequestStream => ({
    requests,
    ends,
    end,
    why,
    partial,
  })
  let at = 0
  for (;;) {
    // One empty line is passed over (RFC 9112 section 2.2).
    if (text.startsWith('\r\n', at)) at += 2
    if (at >= text.length) return over('clean')
    const head = readRequestHead(text, at, limits)
    if (typeof head === 'string') return over(head === MORE ? 'more' : 'refused', head)
    const refusal = whyNotServed(head.value)
    if (refusal !== undefined) return over('refused', refusal, head.value)
    const request = readRest(text, head.next, { head: head.value, limits })
    if (typeof request === 'string') return over(request === MORE ? 'more' : 'refused', request, head.value)
    requests.push(request.value)
    at = request.next
    ends.push(at)
    if (!isPersistent(request.value)) return over('closed')
  }
}

/** One request as a backend reads it. */
export function readRequest(text: string, at: number, limits: Limits): Read<Request> {
  const head = readRequestHead(text, at, limits)
  return typeof head === 'string' ? head : readRest(text, head.next, { head: head.value, limits })
}

export function readRequestHead(text: string, at: number, limits: Limits): Read<RequestHead> {
  const head = readHead(text, at, limits.requestLineBytes + limits.headerBytes, limits.headerFields)
  if (typeof head === 'string') return head
  const { start, fields } = head.value
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21\x22\x24-\x7e]+) HTTP\/1\.([0-9])$/.exec(start)
  if (match === null) return `request line ${JSON.stringify(start.slice(0, 80))}`
  const [, method = '', target = '', minor] = match
  if (method.length > METHOD_MOST || method.length > limits.requestLineBytes) return 'method too long'
  if (target.length > limits.requestLineBytes) return 'target too long'
  return { value: { method, target, minor: minor === '0' ? 0 : 1, fields }, next: head.next }
}

function readRest(text: string, at: number, { head, limits }: { head: RequestHead; limits: Limits }): Read<Request> {
  const framing = framingOf(head.fields, head.minor, 'none')
  if (typeof framing === 'object' && 'bad' in framing) return framing.bad
  const body = readBody(text, at, { framing, closed: false, limits })
  return typeof body === 'string' ? body : { value: { ...head, ...body.value, framing }, next: body.next }
}

function isPersistent({ minor, fields }: RequestHead): boolean {
  const options = elements(fields, 'connection')
  return !options.includes('close') && (minor === 1 || options.includes('keep-alive'))
}

/** What a strict proxy does not serve although its syntax is in order. */
function whyNotServed(head: RequestHead): string | undefined {
  const { method, fields, minor } = head
  if (method === 'CONNECT' || method === 'TRACE') return 'method'
  const place = placeOf(head)
  if (place === undefined) return 'target'
  const hosts = values(fields, 'host')
  if (hosts.length > 1 || hosts[0] === '' || (minor === 1 && hosts.length === 0)) return 'number of Host fields'
  const authority = place.authority ?? hosts[0]
  if (authority !== undefined && !isAuthority(authority)) return 'host'
  const expectations = values(fields, 'expect').map((value) => value.toLowerCase())
  if (minor === 1 && expectations.length > 0 && expectations.join(' and ') !== '100-continue') return 'expectation'
  const forwards = method === 'OPTIONS' ? values(fields, 'max-forwards') : []
  if (forwards.length > 0 && !/^(?=.*[1-9])[0-9]{1,9}$/.test(forwards.join())) return 'Max-Forwards'
  return undefined
}

export function placeOf({ method, target }: RequestHead): Place | undefined {
  if (target === '*') return method === 'OPTIONS' ? { authority: undefined, path: '*', query: '' } : undefined
  const match = /^(?:https?:\/\/([^/?]+))?(\/[^?]*)?(\?.*)?$/i.exec(target)
  if (match === null) return undefined
  const [, authority, written, query = ''] = match
  if (authority === undefined && written === undefined) return undefined
  if (written === undefined && query === '' && method === 'OPTIONS') return { authority, path: '*', query }
  const path = normalPath(written ?? '/')
  return path === undefined ? undefined : { authority, path, query }
}

function isAuthority(text: string): boolean {
  const match = /^(?:\[([^\]]*)\]|([A-Za-z0-9._-]{1,255}))(?::([0-9]{0,5}))?$/.exec(text)
  if (match === null || Number(match[3] ?? 0) > 65535) return false
  return match[1] === undefined ? match[2] !== '.' : isIPv6(match[1]) && !match[1].includes('%')
}

/** RFC 3986: percent-encodings of unreserved characters undone (6.2.2.2), then dot segments removed (5.2.4). */
function normalPath(path: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})|%00/.test(path)) return undefined
  let input = path.replace(/%[0-9A-Fa-f]{2}/g, (code) => {
    const char = String.fromCharCode(Number.parseInt(code.slice(1), 16))
    return /[A-Za-z0-9._~-]/.test(char) ? char : code.toUpperCase()
  })
  let output = ''
  while (input !== '') {
    if (input.startsWith('/./') || input === '/.') input = `/${input.slice(3)}`
    else if (input.startsWith('/../') || input === '/..') {
      if (output === '') return undefined
      input = `/${input.slice(4)}`
      output = output.slice(0, output.lastIndexOf('/'))
    } else {
      const [segment = ''] = /^\/[^/]*/.exec(input) ?? []
      output += segment
      input = input.slice(segment.length)
    }
  }
  return output
}
