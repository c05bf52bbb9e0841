/**
 * Asks a Prometheus for one value, by its HTTP API (Prometheus documentation, "HTTP API", instant queries). What the
 * address is comes from whoever may write a policy: it has to be one that the operator allows, redirects are not followed,
 * little is read, and of what is no answer of a Prometheus nothing is told but that it is none.
 */
import { Buffer } from 'node:buffer'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Clock } from '../../lib/clock.ts'
import { isObject } from '../../lib/shape.ts'

export interface Question {
  /** `http://prometheus.monitoring:9090`, with a path where it has one. */
  readonly address: string
  /** PromQL. */
  readonly query: string
  readonly timeoutMs: number
}

/** A value, which may be infinite but is a number, or why there is none. */
export type Answer = { readonly value: number } | { readonly fault: string }

/** Never rejects. */
export type AskMetric = (question: Question) => Promise<Answer>

interface Response {
  readonly status: number
  readonly text: string
}

/** One value takes a few hundred bytes. */
const MOST_BYTES = 65_536
/** Of the words of a server, in a status. */
const LONGEST_FAULT = 200
const HEADERS = { Accept: 'application/json', 'User-Agent': 'sluice-canary' }

/** @param allowed addresses, each with all that lies below it; `*` is any. */
export function prometheus(clock: Clock, allowed: () => readonly string[]): AskMetric {
  return async (question) => {
    const { address } = question
    if (!allowed().some((each) => isBelow(address, each))) {
      return fault(
        `${address} is not allowed: the operator names it in metricServers of a SluiceConfig, or --metric-servers`,
      )
    }
    return fetchText(question, clock).then(readAnswer, (error: Error) => fault(error.message))
  }
}

/** As texts: two spellings of one address are two addresses. Steps up a path (`/a/..`) are none. */
function isBelow(address: string, root: string): boolean {
  if (root === '*') return true
  const [inner, outer] = [address, root].map((each) => `${each.replace(/\/+$/, '')}/`)
  return inner!.startsWith(outer!) && !inner!.includes('/../')
}

async function fetchText({ address, query, timeoutMs }: Question, clock: Clock): Promise<Response> {
  const url = new URL(`${address.replace(/\/+$/, '')}/api/v1/query?query=${encodeURIComponent(query)}`)
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  const sent = send(url, { agent: false, headers: HEADERS })
  let isLate = false
  const callOff = clock.after(timeoutMs, () => {
    isLate = true
    sent.destroy()
  })
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.on('response', resolve).on('error', reject).end()
    })
    return { status: response.statusCode ?? 0, text: await textOf(response) }
  } catch (error) {
    throw isLate ? new Error(`no answer within ${timeoutMs} ms`) : error
  } finally {
    callOff()
    sent.destroy()
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > MOST_BYTES) throw new Error(`its answer has more than ${MOST_BYTES} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

function readAnswer({ status, text }: Response): Answer {
  const body = parse(text)
  if (body?.status === 'error') return fault(`${body.errorType}: ${body.error}`.slice(0, LONGEST_FAULT))
  if (status !== 200) return fault(`it answered with status ${status}`)
  const { resultType, result } = isObject(body?.data) ? body.data : {}
  if (body?.status !== 'success' || !Array.isArray(result)) return fault('its answer is not one of a Prometheus')
  if (resultType === 'scalar') return readSample(result)
  if (resultType !== 'vector') return fault(`expected one value, not a ${resultType}`.slice(0, LONGEST_FAULT))
  const [element, ...others] = result
  if (element === undefined) return fault('the query found nothing')
  if (others.length > 0) return fault(`expected one value, not ${result.length}: aggregate them, as by sum()`)
  return readSample(isObject(element) ? element.value : undefined)
}

/** @param sample time and value, the latter as a text. */
function readSample(sample: unknown): Answer {
  const text = Array.isArray(sample) ? sample[1] : undefined
  if (typeof text !== 'string') return fault('its answer is not one of a Prometheus')
  const value = Number(text.replace(/Inf$/, 'Infinity'))
  return Number.isNaN(value) ? fault(`the value is ${text}`.slice(0, LONGEST_FAULT)) : { value }
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const body: unknown = JSON.parse(text)
    return isObject(body) ? body : undefined
  } catch {
    return undefined
  }
}

function fault(why: string): Answer {
  return { fault: why }
}
