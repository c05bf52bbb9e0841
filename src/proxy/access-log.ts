/**
 * The access log of one worker: a JSON line for each finished exchange, laid from constant pieces straight into a
 * bounded buffer. Batches leave when the buffer is full or a quarter of a second has passed; while too many of them
 * are unwritten (a slow disk, a pipe nobody reads) the buffer fills up and further lines are dropped and counted, so
 * that the log never holds up traffic and never takes more than its share of memory.
 */
import type { Clock } from '../lib/clock.ts'
import { jsonText, milliseconds, Timestamps } from './access-log-text.ts'
import { clusterLabels } from './cluster-labels.ts'
import type { Exchange } from './exchange.ts'
import type { Passage } from './passage.ts'
import type { Route } from './types.ts'

/** Takes what is finished; must neither throw nor wait. */
export interface AccessLog {
  /** @param endedAt monotonic milliseconds. */
  write(exchange: Exchange, endedAt: number): void
  /** The same of a connection or session that was passed on as it is. */
  passed(passage: Passage, endedAt: number): void
}

const BUFFER_BYTES = 64 * 1024
const COPY_BYTES = 16 * 1024
const FLUSH_EVERY_MS = 250
/** Batches of one worker that may be unwritten at a time: half a megabyte. */
const MAX_UNWRITTEN = 8

/** Longest texts taken from a client, in characters. Even if all of them need escaping, a line fits the buffer. */
const CAPS = { method: 32, host: 255, target: 2048, field: 2048, requestId: 128, label: 253 } as const

const NO_ROUTE = '"namespace":"","ingress":"","service":"","variant":""'

export interface AccessLogOptions {
  readonly clock: Clock
  /** Hands over a batch of whole lines; the receiver owns the bytes and answers with `settled`. */
  readonly deliver: (lines: Uint8Array<ArrayBuffer>) => void
}

export class BufferedAccessLog implements AccessLog {
  readonly #clock: Clock
  readonly #deliver: (lines: Uint8Array<ArrayBuffer>) => void
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  readonly #timestamps = new Timestamps()
  readonly #routeTexts = new WeakMap<Route, string>()
  /** Lines in each unwritten batch, oldest first. */
  readonly #unwritten: number[] = []
  /** Lines not yet copied: one copy of many lines costs a third less than many copies. */
  #text = ''
  #used = 0
  #lines = 0
  #dropped = 0
  /** What to add to monotonic time to get wall-clock time. */
  #epoch: number

  constructor({ clock, deliver }: AccessLogOptions) {
    this.#clock = clock
    this.#deliver = deliver
    this.#epoch = clock.wall() - clock.now()
    clock.every(FLUSH_EVERY_MS, () => this.#tick())
  }

  /** Lines lost since the start, because they were not taken or could not be written. */
  get dropped(): number {
    return this.#dropped
  }

  write(exchange: Exchange, endedAt: number): void {
    this.#append(this.#line(exchange, endedAt))
  }

  passed(passage: Passage, endedAt: number): void {
    this.#append(passageLine(passage, this.#timestamps.text(this.#epoch + endedAt), endedAt))
  }

  #append(line: string): void {
    if (this.#used + this.#text.length + line.length > BUFFER_BYTES && !this.flush()) {
      this.#dropped++
      return
    }
    this.#text += line
    this.#lines++
    if (this.#text.length >= COPY_BYTES) this.#copy()
  }

  /** Hands over what is there; false where too many batches are unwritten, and the lines stay. */
  flush(): boolean {
    if (this.#lines === 0) return true
    if (this.#unwritten.length >= MAX_UNWRITTEN) return false
    this.#copy()
    const batch = new Uint8Array(this.#buffer.subarray(0, this.#used))
    this.#unwritten.push(this.#lines)
    this.#used = 0
    this.#lines = 0
    this.#deliver(batch)
    return true
  }

  /** The oldest unwritten batch is out of the way: written, or lost. */
  settled(written: boolean): void {
    const lines = this.#unwritten.shift() ?? 0
    if (!written) this.#dropped += lines
  }

  /** One character is one byte: `jsonText` leaves nothing beyond ASCII. */
  #copy(): void {
    this.#used += this.#buffer.write(this.#text, this.#used, 'latin1')
    this.#text = ''
  }

  #tick(): void {
    // The wall clock may be set while we run, and drifts from the monotonic one.
    this.#epoch = this.#clock.wall() - this.#clock.now()
    this.flush()
  }

  #line(exchange: Exchange, endedAt: number): string {
    const { requestHeaders: fields, respondedAt, startedAt, endpoint } = exchange
    return (
      `{"time":"${this.#timestamps.text(this.#epoch + endedAt)}","client":"${exchange.clientAddress}` +
      `","method":"${jsonText(exchange.method, CAPS.method)}","host":"${jsonText(exchange.host, CAPS.host)}` +
      `","path":"${jsonText(exchange.path, CAPS.target)}${jsonText(exchange.query, CAPS.target)}","proto":"HTTP/${exchange.version}` +
      `","status":${exchange.status},"fault":"${exchange.fault ?? ''}` +
      `","duration_ms":${milliseconds(endedAt - startedAt)},"upstream":"${endpoint === undefined ? '' : endpoint.id}` +
      `","upstream_ms":${respondedAt > 0 ? milliseconds(respondedAt - startedAt) : 'null'}` +
      `,"attempts":${exchange.attempts},"bytes_received":${exchange.bytesReceived}` +
      `,"bytes_sent":${exchange.bytesSent},${this.#routeText(exchange.route)}` +
      `,"request_id":"${jsonText(exchange.requestId, CAPS.requestId)}` +
      `","user_agent":"${jsonText(fields.get('user-agent') ?? '', CAPS.field)}` +
      `","referer":"${jsonText(fields.get('referer') ?? '', CAPS.field)}"}\n`
    )
  }

  /** The labels of a route, made once for each. */
  #routeText(route: Route | undefined): string {
    if (route === undefined) return NO_ROUTE
    const known = this.#routeTexts.get(route)
    if (known !== undefined) return known
    const { namespace, ingress, service, variant } = route.labels
    const [a, b, c, d] = [namespace, ingress, service, variant].map((label) => jsonText(label, CAPS.label))
    const text = `"namespace":"${a}","ingress":"${b}","service":"${c}","variant":"${d}"`
    this.#routeTexts.set(route, text)
    return text
  }
}

/** In the fields of an exchange, so that who reads these needs no others; what it has none of is empty. */
function passageLine(passage: Passage, time: string, endedAt: number): string {
  const { clientAddress, startedAt, connectedAt, result, endpoint, attempts, bytesReceived, bytesSent } = passage
  const [namespace = '', service = ''] = clusterLabels(passage.cluster)
  return (
    `{"time":"${time}","client":"${clientAddress}","method":"","host":"${jsonText(passage.host, CAPS.host)}","path":""` +
    `,"proto":"${passage.protocol}","status":0,"fault":"${result === 'served' ? '' : result}"` +
    `,"duration_ms":${milliseconds(endedAt - startedAt)},"upstream":"${endpoint}"` +
    `,"upstream_ms":${connectedAt > 0 ? milliseconds(connectedAt - startedAt) : 'null'},"attempts":${attempts}` +
    `,"bytes_received":${bytesReceived},"bytes_sent":${bytesSent}` +
    `,"namespace":"${jsonText(namespace, CAPS.label)}","ingress":"","service":"${jsonText(service, CAPS.label)}"` +
    `,"variant":"","request_id":"","user_agent":"","referer":"","port":${passage.port}}\n`
  )
}
