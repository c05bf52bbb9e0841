/** Takes an answer as a client would, and notes what it is told, in order. */
import type { FaultCode } from '../../src/proxy/faults.ts'
import type { HeaderList } from '../../src/proxy/headers.ts'
import type { Parting, RequestStream, ResponseSink, TunnelEnd } from '../../src/proxy/sides.ts'

export class PoolSink implements ResponseSink {
  /** `opened`, `head 200`, `end`, `fault x`: what happened, bodies left out. */
  readonly events: string[] = []
  stream: RequestStream | undefined = undefined
  bytes = 0
  headers: HeaderList | undefined = undefined
  trailers: HeaderList | undefined = undefined
  /** Whether it takes what it is given. */
  reading = true
  canSend = true
  /** How often it was given something while it took nothing. */
  unasked = 0
  #held = false
  readonly #kept: Buffer[] = []
  readonly #taken: Buffer[] = []

  get body(): Buffer {
    return Buffer.concat(this.#taken)
  }

  get over(): boolean {
    return this.events.some((event) => event === 'end' || event.startsWith('fault'))
  }

  opened(stream: RequestStream): void {
    this.stream = stream
    this.events.push('opened')
  }

  informational(status: number): void {
    this.events.push(`informational ${status}`)
  }

  head(status: number, headers: HeaderList): void {
    this.events.push(`head ${status}`)
    this.headers = headers
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    if (this.#held) this.unasked++
    this.bytes += end - start
    const part = buffer.subarray(start, end)
    // What is kept is not looked at before it is taken: whoever gave it must have left it alone.
    if (this.reading) this.#taken.push(Buffer.from(part))
    else this.#kept.push(part)
    // Whoever gives bytes must not count on what lies before them.
    buffer.fill(0x21, Math.max(0, start - 16), start)
    this.#held = !this.reading
    return this.reading
  }

  end(trailers: HeaderList | undefined): void {
    if (this.#held) this.unasked++
    this.trailers = trailers
    this.events.push('end')
  }

  /** Takes again what there is. */
  resume(): void {
    this.reading = true
    this.#held = false
    for (const part of this.#kept.splice(0)) this.#taken.push(Buffer.from(part))
    this.stream!.resumeResponse()
  }

  resumeRequest(): void {
    this.canSend = true
  }

  flush(): boolean {
    if (!this.reading) this.#held = true
    return this.reading
  }

  displaced(): boolean {
    this.events.push('displaced')
    return true
  }

  fault(code: FaultCode): void {
    this.events.push(`fault ${code}`)
  }

  goAway(_code: FaultCode, last: boolean): Parting {
    this.events.push(last ? 'last' : 'goAway')
    return 'later'
  }

  upgraded(): TunnelEnd {
    throw new Error('nobody asked for another protocol')
  }
}
