/** The upstream codec without sockets: an endpoint's bytes go in, what the client would receive comes out. */
import { DEFAULT_SETTINGS } from '../../../src/model/settings.ts'
import { H1Response } from '../../../src/proxy/downstream/h1-response.ts'
import { Exchange } from '../../../src/proxy/exchange.ts'
import { HeaderList } from '../../../src/proxy/headers.ts'
import type { Downstream, ResponseSink, TunnelEnd } from '../../../src/proxy/types.ts'
import { type Outcome, ResponseReader } from '../../../src/proxy/upstream/response-reader.ts'
import type { Asked } from '../reference/responses.ts'
import type { Limits } from '../reference/syntax.ts'
import { Tap } from './tap.ts'

const NO_DOWNSTREAM = {} as Downstream
const NO_OBSERVER = { finished: (): void => {} }

export interface ResponseRun {
  /** All bytes for the client, as Latin-1. */
  readonly wire: string
  /** Status and content of everything handed on. */
  readonly parts: readonly string[]
  /** `cut` where the connection ended too early. */
  readonly end: Exclude<Outcome, 'reading'> | 'cut'
  readonly reusable: boolean
  /** Whether the client's connection ends behind this answer, as the answer says. */
  readonly close: boolean
  /** Offset in the input behind the last byte used. */
  readonly used: number
}

/** @param pieces what the endpoint sends before it closes its connection. */
export function driveResponse(pieces: readonly Buffer[], asked: Asked, limits: Limits): ResponseRun {
  const tap = new Tap()
  const client = new ClientSide(tap, asked)
  const reader = new ResponseReader(asked, { ...DEFAULT_SETTINGS.limits, ...limits })
  let before = 0
  for (const piece of pieces) {
    reader.read(piece, piece.length, client.sink())
    if (reader.outcome !== 'reading') break
    before += piece.length
  }
  let end: ResponseRun['end'] = reader.outcome === 'reading' ? 'cut' : reader.outcome
  if (end === 'cut' && reader.finishAtClose(client.sink())) end = 'complete'
  tap.output.flush()
  const used = reader.outcome === 'reading' ? before : before + reader.rest
  const { close } = client.response
  return { wire: tap.written, parts: client.parts, end, reusable: reader.reusable, close, used }
}

class ClientSide {
  readonly parts: string[] = []
  readonly response: H1Response
  readonly #exchange: Exchange
  #over = false

  constructor(tap: Tap, { method, minor, upgrade }: Asked) {
    this.response = new H1Response(tap.output, () => 'Thu, 01 Jan 2026 00:00:00 GMT')
    this.response.reset(minor === 1)
    this.#exchange = exchangeOf(method, minor, upgrade)
  }

  sink(): ResponseSink {
    const { response, parts } = this
    const exchange = this.#exchange
    const unasked = (): never => {
      throw new Error('a call that no response makes')
    }
    return {
      informational: (status, headers) => {
        parts.push(`${status}`)
        response.informational(exchange, status, headers)
      },
      head: (status, headers, length) => {
        parts.push(`${status} `)
        response.head(exchange, status, headers, length)
      },
      data: (buffer, start, end) => {
        if (end <= start || end > buffer.length || this.#over) throw new Error(`a run of body bytes ${start} to ${end}`)
        parts[parts.length - 1] += buffer.toString('latin1', start, end)
        return response.data(buffer, start, end)
      },
      end: (trailers) => {
        if (this.#over) throw new Error('two ends of one response')
        this.#over = true
        response.end(trailers)
      },
      flush: () => {},
      opened: unasked,
      resumeRequest: unasked,
      fault: unasked,
      upgraded: unasked as () => TunnelEnd,
    }
  }
}

function exchangeOf(method: string, minor: 0 | 1, upgrade: string): Exchange {
  const version = minor === 1 ? '1.1' : '1.0'
  const place = { scheme: 'http', authority: 'h', host: 'h', path: '/', query: '', clientAddress: '' } as const
  const rest = { requestHeaders: new HeaderList(), startedAt: 0, hasBody: false, bodyLength: 0 }
  const own = { requestId: '', persistent: minor === 1 }
  return new Exchange({ method, version, upgrade, ...place, ...rest, ...own }, NO_DOWNSTREAM, NO_OBSERVER)
}
