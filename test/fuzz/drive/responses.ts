/** The upstream codec without sockets: an endpoint's bytes go in, what the client would receive comes out. */
import { DEFAULT_SETTINGS } from '../../../src/model/settings.ts'
import { H1Response } from '../../../src/proxy/downstream/h1-response.ts'
import { Exchange } from '../../../src/proxy/exchange.ts'
import { HeaderList } from '../../../src/proxy/headers.ts'
import type { Downstream, ResponseSink, TunnelEnd } from '../../../src/proxy/sides.ts'
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

export interface ResponseInput {
  /** What the endpoint sends before it closes its connection. */
  readonly pieces: readonly Buffer[]
  readonly asked: Asked
  readonly limits: Limits
  /** A good answer to a GET that went over both connections before. */
  readonly before: string
}

export function driveResponse({ pieces, asked, limits, before }: ResponseInput): ResponseRun {
  const tap = new Tap()
  const response = new H1Response(tap.output, () => 'Thu, 01 Jan 2026 00:00:00 GMT')
  const reader = new ResponseReader({ ...DEFAULT_SETTINGS.limits, ...limits })
  const first = new ClientSide(response, { method: 'GET', minor: 1, upgrade: '' })
  const ready = before === '' ? 0 : feed(reader, first, [Buffer.from(before, 'latin1')])
  if (ready !== before.length || (before !== '' && reader.outcome !== 'complete'))
    throw new Error('no good answer before')
  tap.output.flush()
  tap.written = ''
  const client = new ClientSide(response, asked)
  const used = feed(reader, client, pieces)
  const ended = reader.outcome === 'reading' && reader.finishAtClose(client.sink())
  const end = reader.outcome !== 'reading' ? reader.outcome : ended ? 'complete' : 'cut'
  tap.output.flush()
  return { wire: tap.written, parts: client.parts, end, reusable: reader.reusable, close: response.close, used }
}

/** @returns how many bytes were used. */
function feed(reader: ResponseReader, client: ClientSide, pieces: readonly Buffer[]): number {
  let before = 0
  reader.begin(client.asked)
  for (const piece of pieces) {
    reader.read(piece, piece.length, client.sink())
    if (reader.outcome !== 'reading') return before + reader.rest
    before += piece.length
  }
  return before
}

class ClientSide {
  readonly parts: string[] = []
  readonly asked: Asked
  readonly #response: H1Response
  readonly #exchange: Exchange
  #over = false

  constructor(response: H1Response, asked: Asked) {
    this.asked = asked
    this.#response = response
    response.reset({ persistent: asked.minor === 1, version: asked.minor === 1 ? '1.1' : '1.0' })
    this.#exchange = exchangeOf(asked)
  }

  sink(): ResponseSink {
    const { parts } = this
    const response = this.#response
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
      flush: () => true,
      opened: unasked,
      resumeRequest: unasked,
      fault: unasked,
      upgraded: unasked as () => TunnelEnd,
      displaced: unasked,
      goAway: () => 'later',
    }
  }
}

function exchangeOf({ method, minor, upgrade }: Asked): Exchange {
  const version = minor === 1 ? '1.1' : '1.0'
  const place = {
    scheme: 'http',
    authority: 'h',
    host: 'h',
    serverName: '',
    path: '/',
    query: '',
    clientAddress: '',
  } as const
  const rest = { requestHeaders: new HeaderList(), startedAt: 0, hasBody: false, bodyLength: 0 }
  const own = { requestId: '', forwardedHost: '', persistent: minor === 1 }
  return new Exchange({ method, version, upgrade, ...place, ...rest, ...own }, NO_DOWNSTREAM, NO_OBSERVER)
}
