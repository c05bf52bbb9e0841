/** What an endpoint's bytes say to one request, read strictly; and what of it has to reach the client. */
import { nominatedBy, same, whyNotTrailers } from './forwarded.ts'
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

export interface ResponseHead {
  readonly status: number
  readonly minor: 0 | 1
  readonly fields: Fields
}

export interface Response extends ResponseHead, Body {
  readonly framing: Framing
}

/** The request that is answered. */
export interface Asked {
  readonly method: string
  readonly minor: 0 | 1
  /** What it offered to switch to, or empty. */
  readonly upgrade: string
}

export interface Answer {
  readonly interim: readonly ResponseHead[]
  /** The final head, as soon as there is one. */
  readonly head: ResponseHead | undefined
  readonly response: Response | undefined
  readonly end: 'complete' | 'more' | 'invalid' | 'upgraded'
  readonly why: string
  /** Offset behind the last byte that belongs to it. */
  readonly next: number
}

/** @param closed whether the connection ends behind the text. */
export function readAnswer(text: string, asked: Asked, how: { closed: boolean; limits: Limits }): Answer {
  const interim: ResponseHead[] = []
  let at = 0
  for (;;) {
    const head = readResponseHead(text, at, how.limits)
    const over = (end: Answer['end'], why = '', next = at): Answer => ({
      interim,
      head: undefined,
      response: undefined,
      end,
      why,
      next,
    })
    if (typeof head === 'string') return over(head === MORE ? 'more' : 'invalid', head)
    const { status, fields } = head.value
    at = head.next
    if (status === 101) {
      const offered = asked.upgrade.toLowerCase().split(', ')
      const [protocol = ''] = values(fields, 'upgrade')
      return protocol !== '' && offered.includes(protocol.toLowerCase())
        ? { ...over('upgraded'), head: head.value }
        : over('invalid', 'nobody asked for this 101')
    }
    if (status >= 200) return readFinal(text, at, { head: head.value, interim, asked, ...how })
    interim.push(head.value)
  }
}

interface FinalInput {
  readonly head: ResponseHead
  readonly interim: readonly ResponseHead[]
  readonly asked: Asked
  readonly closed: boolean
  readonly limits: Limits
}

function readFinal(text: string, at: number, { head, interim, asked, closed, limits }: FinalInput): Answer {
  const written = framingOf(head.fields, head.minor, 'until-close')
  if (typeof written === 'object' && 'bad' in written) {
    return { interim, head: undefined, response: undefined, end: 'invalid', why: written.bad, next: at }
  }
  const framing = isBodyless(head.status, asked.method) ? 'none' : written
  const body = readBody(text, at, { framing, closed, limits })
  if (typeof body === 'string') {
    return { interim, head, response: undefined, end: body === MORE ? 'more' : 'invalid', why: body, next: at }
  }
  return { interim, head, response: { ...head, ...body.value, framing }, end: 'complete', why: '', next: body.next }
}

function readResponseHead(text: string, at: number, limits: Limits): Read<ResponseHead> {
  const head = readHead(text, at, limits.headerBytes, limits.headerFields)
  if (typeof head === 'string') return head
  const { start, fields } = head.value
  const match = /^HTTP\/1\.([0-9]) ([1-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?$/.exec(start)
  if (match === null) return `status line ${JSON.stringify(start.slice(0, 80))}`
  return { value: { status: Number(match[2]), minor: match[1] === '0' ? 0 : 1, fields }, next: head.next }
}

function isBodyless(status: number, method: string): boolean {
  return method === 'HEAD' || status === 204 || status === 304
}

/** Whether the connection may carry another answer behind this one. */
export function isReusable({ minor, fields, framing }: Response): boolean {
  const options = elements(fields, 'connection')
  if (framing === 'until-close' || options.includes('close')) return false
  return minor === 1 || options.includes('keep-alive')
}

const HOP = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te']

/** @returns what is wrong with a head that reaches the client, whose framing is not looked at. */
export function whyNotRelayed(sent: ResponseHead, got: ResponseHead): string | undefined {
  if (got.status !== sent.status) return `status ${got.status}`
  if (got.minor !== 1) return 'not HTTP/1.1'
  const nominated = nominatedBy(sent.fields)
  const lengthless = sent.status < 200 || sent.status === 204
  const passing = sent.fields.filter(
    ([name]) => !HOP.includes(name) && !nominated.has(name) && name !== 'content-length',
  )
  const passed = got.fields.filter(([name]) => !HOP.includes(name) && name !== 'content-length')
  if (!same(passing, passed) && !same(passing, withoutLastDate(passed))) return `fields ${JSON.stringify(passed)}`
  const lengths = lengthless ? [] : values(sent.fields, 'content-length').map((value) => String(Number(value)))
  return same(lengths, values(got.fields, 'content-length'))
    ? undefined
    : `length ${values(got.fields, 'content-length')}`
}

/** The proxy adds a Date where there is none. */
function withoutLastDate(fields: Fields): Fields {
  const at = fields.map(([name]) => name).lastIndexOf('date')
  return fields.filter((_, i) => i !== at)
}

export function whyNotSameBody(sent: Body, got: Body, minor: 0 | 1): string | undefined {
  if (sent.content !== got.content) return `content ${JSON.stringify(got.content)}`
  return minor === 0 ? undefined : whyNotTrailers(sent.trailers, got.trailers)
}
