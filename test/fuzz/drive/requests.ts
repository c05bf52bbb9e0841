/**
 * The downstream codec without sockets: pieces of bytes go in, what an endpoint would receive comes out. The parts are
 * put together as `H1Downstream` and `H1Upstream` do it.
 */
import { AddressSet } from '../../../src/lib/cidr.ts'
import { DEFAULT_SETTINGS } from '../../../src/model/settings.ts'
import { type Client, newClient } from '../../../src/proxy/downstream/client.ts'
import { normalize } from '../../../src/proxy/downstream/normalize.ts'
import { RequestBody } from '../../../src/proxy/downstream/request-body.ts'
import { Exchange } from '../../../src/proxy/exchange.ts'
import type { FaultCode } from '../../../src/proxy/faults.ts'
import type { HeaderList } from '../../../src/proxy/headers.ts'
import { HeadBuffer } from '../../../src/proxy/http1/head-buffer.ts'
import { parseRequestHead } from '../../../src/proxy/http1/request-head.ts'
import { chunkSize, lastChunk } from '../../../src/proxy/http1/serialize.ts'
import type { Downstream, RequestStream } from '../../../src/proxy/sides.ts'
import { requestText } from '../../../src/proxy/upstream/request-text.ts'
import type { Limits } from '../reference/syntax.ts'
import { Tap } from './tap.ts'

export const TRUST = { clientAddress: '192.0.2.7', freshId: 'fresh-id', endpoint: '127.0.0.1:8080' }
const EVERYBODY = new AddressSet(['0.0.0.0/0'])
const NOBODY = new AddressSet([])
/** Nothing below asks the client's side for anything. */
const NO_DOWNSTREAM = {} as Downstream
const NO_OBSERVER = { finished: (): void => {} }

export interface RequestRun {
  /** All bytes for the endpoint, as Latin-1. */
  readonly wire: string
  /** Offset in the input behind each complete request. */
  readonly ends: readonly number[]
  /** What was taken of each request, the last one perhaps incomplete: head and content. */
  readonly parts: readonly string[]
  /** `closed` behind a request that ends the connection. */
  readonly end: 'open' | 'closed' | FaultCode
  /** Whether the input ends within a request. */
  readonly within: boolean
}

export interface RequestSetting {
  readonly limits: Limits
  readonly trusted: boolean
  readonly sendForwarded: boolean
}

export function driveRequests(pieces: readonly Buffer[], setting: RequestSetting): RequestRun {
  const connection = new Connection(setting)
  for (const piece of pieces) connection.feed(piece)
  return connection.run()
}

class Connection implements Pick<RequestStream, 'data' | 'end'> {
  readonly #tap = new Tap()
  readonly #setting: RequestSetting
  readonly #client: Client
  readonly #head: HeadBuffer
  readonly #ends: number[] = []
  readonly #parts: string[] = []
  #exchange: Exchange | undefined
  #body: RequestBody | undefined
  #persistent = true
  #end: RequestRun['end'] = 'open'
  /** Offset of the current piece in the input. */
  #before = 0

  constructor(setting: RequestSetting) {
    this.#setting = setting
    const { trusted, limits, sendForwarded } = setting
    const trustedProxies = trusted ? EVERYBODY : NOBODY
    const about = { address: TRUST.clientAddress, scheme: 'http', serverName: '', port: 80 } as const
    this.#client = newClient({ ...about, trustedProxies, sendForwarded })
    this.#head = new HeadBuffer(limits.requestLineBytes + limits.headerBytes, true)
  }

  run(): RequestRun {
    this.#tap.output.flush()
    const within = this.#body !== undefined || this.#head.started
    return { wire: this.#tap.written, ends: this.#ends, parts: this.#parts, end: this.#end, within }
  }

  feed(piece: Buffer): void {
    let at = 0
    let turns = 0
    while (at < piece.length && this.#end === 'open') {
      if (++turns > piece.length + 1) throw new Error('turns without taking a byte')
      at = this.#body === undefined ? this.#readHead(piece, at) : this.#readBody(this.#body, piece, at)
    }
    this.#before += piece.length
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    const { output } = this.#tap
    if (end <= start || end > buffer.length) throw new Error(`a run of body bytes from ${start} to ${end}`)
    this.#parts[this.#parts.length - 1] += buffer.toString('latin1', start, end)
    const chunked = this.#exchange!.bodyLength < 0
    if (chunked) output.text(chunkSize(end - start))
    output.bytes(buffer, start, end)
    if (chunked) output.text('\r\n')
    return true
  }

  end(trailers: HeaderList | undefined): void {
    if (this.#exchange!.bodyLength < 0) this.#tap.output.text(lastChunk(trailers))
  }

  #readHead(piece: Buffer, at: number): number {
    const lines = this.#head.take(piece, at, piece.length)
    if (lines === undefined) {
      if (this.#head.fault !== undefined) this.#end = this.#head.fault
      return piece.length
    }
    const head = parseRequestHead(lines, this.#setting.limits)
    const about = { client: this.#client, freshId: () => TRUST.freshId }
    const init = typeof head === 'string' ? head : normalize(head, about, 0)
    if (typeof init === 'string') {
      this.#end = init
      return this.#head.next
    }
    this.#persistent = init.persistent
    this.#exchange = new Exchange(init, NO_DOWNSTREAM, NO_OBSERVER)
    const out = requestText(this.#exchange, TRUST.endpoint, false)
    this.#tap.output.text(out)
    this.#parts.push(out)
    const limits = { ...DEFAULT_SETTINGS.limits, ...this.#setting.limits }
    if (init.hasBody) this.#body = new RequestBody(this.#exchange, limits)
    else this.#complete(this.#head.next)
    return this.#head.next
  }

  #readBody(body: RequestBody, piece: Buffer, at: number): number {
    const next = body.read(piece, at, piece.length, this as unknown as RequestStream)
    if (next < 0) this.#end = body.fault!
    else if (body.complete) {
      this.#body = undefined
      this.#complete(next)
    }
    return next
  }

  #complete(at: number): void {
    this.#ends.push(this.#before + at)
    if (!this.#persistent) this.#end = 'closed'
  }
}
