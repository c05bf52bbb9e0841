/**
 * One HTTP/1.1 connection to an endpoint. Serves one request at a time; between requests it waits in its pool, where
 * any byte that arrives unasked condemns it (CVE-2026-48931: an answer nobody asked for would go to the next client).
 */
import type { Socket } from 'node:net'
import type { Timed } from '../deadlines.ts'
import type { Exchange } from '../exchange.ts'
import type { FaultCode } from '../faults.ts'
import type { HeaderList } from '../headers.ts'
import { chunkSize, lastChunk } from '../http1/serialize.ts'
import { closeSocket, Output } from '../output.ts'
import type { Leaver, Parting, RequestStream, ResponseSink } from '../sides.ts'
import { TunnelSide } from '../tunnel.ts'
import type { OpenOptions } from '../types.ts'
import { isProven } from '../websocket/agreement.ts'
import { closeToServer, isWebSocket } from '../websocket/close-frame.ts'
import { dialStoppable } from './dialer.ts'
import type { H1Owner } from './h1-owner.ts'
import { connectFault, lostAnswer } from './lost-connection.ts'
import { ReadBuffer } from './read-buffer.ts'
import { requestText } from './request-text.ts'
import type { ResponseReader } from './response-reader.ts'

type State = 'connecting' | 'idle' | 'busy' | 'tunnel' | 'dead'

export class H1Upstream implements RequestStream, Timed, Leaver {
  slot = -1
  deadline = 0
  /** When it was last put among the idle ones, as of the last tick; before that, when its last answer began. */
  idleSince = 0
  /** Number of the last look at all news before that. */
  idleLook = 0
  answeredAt = 0
  /** The endpoint leaves since this was begun: a request that was not sent yet is better sent to another one. */
  unwanted = false
  readonly #pool: H1Owner<H1Upstream>
  readonly #socket: Socket
  readonly #output: Output
  readonly #reads: ReadBuffer
  #state: State = 'connecting'
  #sink: ResponseSink | undefined
  #exchange: Exchange | undefined
  /** While an answer is under way of which something has come. */
  #reader: ResponseReader | undefined
  #tunnel: TunnelSide | undefined
  #gapMs = 0
  #requestDone = false
  #asksFirst = false
  /** The kernel has not taken all of our output, and will say when it has. */
  #blocked = false
  /** The client's side keeps bytes of our buffer: nothing may be read into it. */
  #paused = false

  constructor(pool: H1Owner<H1Upstream>) {
    this.#pool = pool
    this.#reads = new ReadBuffer(pool.shared.buffers)
    this.#socket = dialStoppable(pool, {
      buffer: () => this.#nextBuffer(),
      received: (bytes, buffer) => this.#onRead(buffer, bytes),
    })
    this.#output = new Output(this.#socket, pool.dialer.slack)
    this.#socket.on(pool.dialer.ready, () => this.#onConnect())
    this.#socket.on('error', (error) => this.#onGone(error))
    this.#socket.on('end', () => this.#onEnd())
    this.#socket.on('close', () => this.#onGone(undefined))
    pool.shared.deadlines.add(this)
    pool.shared.busy++
  }

  /** Gives a request that waits for the connection to stand to another endpoint, where there is one. */
  displace(): void {
    if (this.#state === 'connecting' && this.#sink?.displaced()) this.destroy()
  }

  /** Starts a request on a new or an idle connection. */
  begin(exchange: Exchange, sink: ResponseSink, options: OpenOptions): void {
    this.#exchange = exchange
    this.#sink = sink
    this.#gapMs = options.responseGapMs
    this.#requestDone = false
    this.#asksFirst = options.asksFirst === true
    if (this.#state === 'connecting') {
      this.deadline = this.#pool.shared.deadlines.in(options.connectMs)
      return
    }
    this.#count(1, -1)
    this.#state = 'busy'
    this.#send()
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    const output = this.#output
    const chunked = this.#exchange!.bodyLength < 0
    if (chunked) output.text(chunkSize(end - start))
    const clear = output.bytes(buffer, start, end)
    if (chunked) output.text('\r\n')
    if (!clear) this.#awaitClear()
    return clear
  }

  end(trailers: HeaderList | undefined): void {
    if (this.#exchange!.bodyLength < 0) this.#output.text(lastChunk(trailers))
    this.#finishRequest()
  }

  flush(): void {
    if (this.#state === 'busy') this.#output.flush()
  }

  resumeResponse(): void {
    if (!this.#paused) return
    this.#paused = false
    if (this.#state === 'dead') return
    this.#expect()
    this.#socket.resume()
  }

  abort(): void {
    this.destroy()
  }

  destroy(broken = false): void {
    if (this.#state === 'dead') return
    if (this.#state === 'idle') this.#count(0, -1)
    else this.#count(-1, 0)
    this.#state = 'dead'
    this.#sink = undefined
    this.#pool.shared.deadlines.remove(this)
    this.#reads.release()
    closeSocket(this.#socket, broken)
    this.#pool.closed(this)
  }

  leave(last: boolean): Parting {
    if (this.#state !== 'tunnel') return this.#sink?.goAway('endpoint-leaving', last) ?? 'later'
    this.#tunnel!.goAway()
    return 'gone'
  }

  onDeadline(): void {
    if (this.#state === 'idle') return this.#drop()
    if (this.#state === 'tunnel') return this.#tunnel!.close()
    this.#fail(this.#state === 'connecting' ? 'connect-timeout' : 'upstream-timeout')
  }

  #onConnect(): void {
    if (this.unwanted) this.displace()
    if (this.#state !== 'connecting') return
    this.#state = 'busy'
    this.#send()
  }

  #send(): void {
    const exchange = this.#exchange!
    this.#output.text(requestText(exchange, this.#pool.id, this.#asksFirst))
    this.#expect()
    if (!exchange.hasBody) this.#finishRequest()
    // Whoever gives the body flushes too, with what is at hand: head and body leave in one write.
    this.#sink!.opened(this)
  }

  #finishRequest(): void {
    this.#requestDone = true
    if (!this.#output.flush()) this.#awaitClear()
    this.#expect()
  }

  /** The endpoint has taken nothing for a moment: the client waits, and the gap counts against the endpoint. */
  #awaitClear(): void {
    // A read of small chunks comes here for every one of them.
    if (this.#blocked) return
    this.#blocked = true
    this.deadline = this.#pool.shared.deadlines.in(this.#gapMs)
    this.#output.whenClear(() => {
      this.#blocked = false
      if (this.#state !== 'busy') return
      this.#expect()
      if (!this.#requestDone) this.#sink?.resumeRequest()
    })
  }

  /**
   * The gap runs while the endpoint owes us something, its answer or that it takes the body: not while an upload comes
   * in, not while the client is slow.
   */
  #expect(): void {
    const owing = (this.#requestDone || !this.#output.clear) && !this.#paused
    this.deadline = owing ? this.#pool.shared.deadlines.in(this.#gapMs) : 0
  }

  /** @returns false to stop reading. */
  #onRead(buffer: Buffer, bytes: number): boolean {
    this.#reads.read(bytes)
    if (this.#state === 'tunnel') return this.#tunnel!.received(buffer, 0, bytes)
    if (this.#state !== 'busy') {
      this.#drop()
      return false
    }
    this.#expect()
    const sink = this.#sink!
    this.#reader ??= this.#pool.shared.readers.begin(this.#exchange!)
    const reader = this.#reader
    const clear = reader.read(buffer, bytes, sink)
    if (this.#sink !== sink) return true
    if (reader.outcome === 'invalid') {
      this.#fail('upstream-invalid')
      return false
    }
    if (reader.outcome === 'upgraded') return this.#switch(reader, buffer, bytes)
    if (reader.outcome === 'complete') {
      if (!clear) this.#reads.retain()
      this.#complete(reader, reader.rest === bytes)
      return true
    }
    // Interim answers have no body to hold back, but who does not read them must not gather them here.
    const taken = sink.flush()
    if (clear && taken && this.#sink === sink) return true
    this.#paused = true
    this.#expect()
    return false
  }

  /** @param exact whether nothing came behind the answer. */
  #complete(reader: ResponseReader, exact: boolean): void {
    this.#sink = undefined
    this.#reader = undefined
    this.#pool.shared.readers.giveBack(reader)
    if (!reader.reusable || !exact || !this.#requestDone || !this.#output.clear) return this.destroy()
    this.answeredAt = this.#exchange!.respondedAt
    this.#exchange = undefined
    this.#state = 'idle'
    this.#count(-1, 1)
    this.deadline = this.#pool.shared.deadlines.in(this.#pool.idleMs(reader.idleMs))
    if (!this.#pool.keep(this)) this.destroy()
  }

  #switch({ headers: fields, rest }: ResponseReader, buffer: Buffer, bytes: number): boolean {
    const { deadlines, random, settings } = this.#pool.shared
    const headers = fields!
    if (!isProven(headers, this.#exchange!)) {
      this.#fail('upstream-invalid')
      return false
    }
    this.#state = 'tunnel'
    const tunnel = new TunnelSide({
      socket: this.#socket,
      output: this.#output,
      expire: (ms) => {
        this.deadline = deadlines.in(ms)
      },
      idleMs: () => settings().timeouts.tunnelIdleMs,
      destroy: (broken) => this.destroy(broken),
      closeFrame: isWebSocket(headers) ? () => closeToServer(random) : undefined,
    })
    this.#tunnel = tunnel
    tunnel.join(this.#sink!.upgraded(headers, tunnel))
    return rest === bytes || tunnel.received(buffer, rest, bytes)
  }

  #onEnd(): void {
    if (this.#state === 'tunnel') return this.#tunnel!.ended()
    if (this.#state === 'idle') this.#pool.hungUp(this)
    if (this.#state !== 'busy') return this.#drop()
    const reader = this.#reader
    if (reader?.finishAtClose(this.#sink!) !== true) return this.#onGone(undefined)
    this.#complete(reader, false)
  }

  #onGone(error: NodeJS.ErrnoException | undefined): void {
    if (this.#state === 'dead') return
    if (this.#state === 'idle') return this.#drop()
    if (this.#state === 'tunnel') return this.#tunnel!.close(error !== undefined)
    if (this.#state === 'connecting') return this.#fail(connectFault(this.#socket, error))
    this.#fail(lostAnswer(this.#reader, error))
  }

  #fail(code: FaultCode): void {
    const sink = this.#sink
    this.destroy()
    sink?.fault(code)
  }

  /** An idle connection ends. */
  #drop(): void {
    this.#pool.forget(this)
    this.destroy()
  }

  /** Asked by the socket at its start and after every read: the buffer for the next one. */
  #nextBuffer(): Buffer | undefined {
    // Asked once more after the read in which the connection ended: what it had is given back already.
    if (this.#state === 'dead' || this.#state === 'connecting') return this.#reads.buffer
    return this.#reads.next(this.#state === 'idle')
  }

  #count(busy: number, idle: number): void {
    this.#pool.shared.busy += busy
    this.#pool.shared.idle += idle
  }
}
