/**
 * Bodies of answers that the proxy makes itself, in the form the client asks for. They say what happened and the id
 * under which the log knows the request; never an address, a version or a stack.
 */
import type { FaultRow } from './fault-row.ts'
import { FAULTS, type FaultCode } from './faults.ts'
import { GRPC_TYPE, grpcOutcome } from './grpc.ts'
import { HeaderList } from './headers.ts'
import { reasonOf } from './http1/serialize.ts'
import type { Reply } from './sides.ts'

export interface ReplyBody {
  readonly contentType: string
  readonly text: string
}

export interface ReplyFacts {
  readonly status: number
  readonly fault: FaultCode | undefined
  readonly requestId: string
  /** Value of the Accept field, if any. */
  readonly accept: string | undefined
}

/** What the form of an answer depends on. */
export interface Asked extends Pick<ReplyFacts, 'requestId' | 'accept'> {
  readonly isGrpc?: boolean
}

/** What a client is told of a fault, in whatever form. */
export function faultReply(code: FaultCode): Reply {
  const { status, retryAfterS }: FaultRow = FAULTS[code]
  if (retryAfterS === undefined) return { status, fault: code }
  return { status, fault: code, headers: [['Retry-After', String(retryAfterS)]] }
}

export interface ReplyMessage {
  readonly status: number
  readonly headers: HeaderList
  /** Its bytes, as Latin-1 text. */
  readonly body: string
}

/** A complete answer of the proxy's own. */
export function replyMessage(
  { status, fault, headers: fields, body: own }: Reply,
  { requestId, accept, isGrpc = false }: Asked,
): ReplyMessage {
  if (isGrpc) return { status: 200, headers: grpcHeaders(status, fault, fields), body: '' }
  const { contentType, text } = own ?? replyBody({ status, fault, requestId, accept })
  const body = Buffer.from(text).toString('latin1')
  const headers = new HeaderList()
  for (const [name, value] of fields ?? []) headers.add(name, value)
  headers.add('Content-Type', contentType)
  headers.add('Content-Length', String(body.length))
  return { status, headers, body }
}

/** All of the answer is its head (Trailers-Only): gRPC has no use for pages. */
function grpcHeaders(status: number, fault: FaultCode | undefined, fields: Reply['headers'] = []): HeaderList {
  const headers = grpcOutcome(status, fault)
  for (const [name, value] of fields) headers.add(name, value)
  headers.add('Content-Type', GRPC_TYPE)
  return headers
}

export function replyBody(facts: ReplyFacts): ReplyBody {
  const title = `${facts.status} ${reasonOf(facts.status)}`.trim()
  const text = facts.fault === undefined ? '' : FAULTS[facts.fault].text
  switch (preferredForm(facts.accept)) {
    case 'json':
      return json(facts, text)
    case 'html':
      return { contentType: 'text/html; charset=utf-8', text: html(title, text, facts.requestId) }
    case 'text': {
      const id = facts.requestId === '' ? '' : `request ${facts.requestId}\n`
      return { contentType: 'text/plain; charset=utf-8', text: `${title}\n${text === '' ? '' : `${text}\n`}${id}` }
    }
  }
}

function json({ status, fault, requestId }: ReplyFacts, text: string): ReplyBody {
  const body = { status, ...(fault && { code: fault, message: text }), ...(requestId && { requestId }) }
  return { contentType: 'application/json', text: `${JSON.stringify(body)}\n` }
}

/** Request ids are made of harmless characters only (see downstream/forwarding.ts); the rest is ours. */
function html(title: string, text: string, requestId: string): string {
  const id = requestId === '' ? '' : `<p><small>request ${requestId}</small></p>\n`
  return `<!doctype html>\n<title>${title}</title>\n<h1>${title}</h1>\n${text === '' ? '' : `<p>${text}</p>\n`}${id}`
}

const FORMS: Readonly<Record<string, 'json' | 'html' | 'text'>> = {
  'application/json': 'json',
  'application/problem+json': 'json',
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'text/plain': 'text',
}

/** The known type with the greatest weight (RFC 9110 section 12.5.1); the earlier one among equals; else text. */
function preferredForm(accept: string | undefined): 'json' | 'html' | 'text' {
  let best: 'json' | 'html' | 'text' = 'text'
  let bestWeight = 0
  for (const part of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = part.toLowerCase().split(';')
    const form = FORMS[type.trim()]
    const weight = weightOf(parameters)
    if (form === undefined || weight <= bestWeight) continue
    best = form
    bestWeight = weight
  }
  return best
}

function weightOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const match = /^\s*q=([01](?:\.\d{0,3})?)\s*$/.exec(parameter)
    if (match !== null) return Number(match[1])
  }
  return 1
}
