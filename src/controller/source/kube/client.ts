/**
 * Our own HTTP to the API server. Every failure is one of the types in `errors.ts`; nothing is retried here, nothing
 * waits without end, nothing is held without bound.
 */
import { Buffer } from 'node:buffer'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Clock } from '../../../lib/clock.ts'
import type { Access } from './access.ts'
import { apiError, TooLarge, Unreachable } from './errors.ts'
import { chunksOf, Line, parse, parseOr } from './line.ts'
import { Lines } from './lines.ts'
import { Patience } from './patience.ts'
import { ServerClock } from './server-clock.ts'

/** An object may have 1.5 MiB in the API server's store, where no field has its name; as JSON that is three times as much. */
const MAX_EVENT_BYTES = 8 * 1024 * 1024
const MAX_BODY_BYTES = 64 * 1024 * 1024
/** Longest silence of a server that owes us an answer. */
const ANSWER_MS = 60_000
/** A peer that vanished is noticed by the kernel after 15 s of silence and 3 probes in 15 s more. */
const KEEP_ALIVE = { enable: true, initialDelay: 15_000, interval: 5_000, count: 3 }

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** How a patch is to be understood: RFC 7396, RFC 6902, or server-side apply. */
export type PatchKind = keyof typeof PATCH_TYPES
const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
} as const

export interface WatchRequest {
  readonly path: string
  readonly query: Query
  /** Longest silence; then the connection counts as dead. */
  readonly silenceMs: number
  /** Called once the server accepted it. */
  readonly onOpen: () => void
  /** Ends the watch, which then rejects with the signal's reason. */
  readonly signal: AbortSignal
  /** Gets all events that arrived together. What it throws ends the watch and comes out of it. */
  readonly onEvents: (events: readonly unknown[]) => void
}

/** Every method rejects with an error of `errors.ts`. Paths begin with `/api` or `/apis`. */
export interface KubeClient {
  get(path: string, query?: Query): Promise<unknown>
  create(path: string, body: object): Promise<unknown>
  /** Replaces; a stale `metadata.resourceVersion` in the body is refused with 409. */
  update(path: string, body: object): Promise<unknown>
  patch(path: string, body: unknown, how: { readonly kind: PatchKind; readonly query?: Query }): Promise<unknown>
  /** Resolves when the server ended the stream in good order. */
  watch(request: WatchRequest): Promise<void>
}

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  readonly path: string
  readonly query?: Query
  readonly body?: { readonly type: string; readonly text: string }
}

export class HttpKubeClient implements KubeClient {
  readonly #access: Access
  readonly #clock: Clock
  readonly #serverClock = new ServerClock()

  constructor(access: Access, clock: Clock) {
    this.#access = access
    this.#clock = clock
  }

  /** Wall-clock milliseconds as the API server has them, as far as its answers tell. */
  get serverTime(): number {
    return this.#clock.wall() + this.#serverClock.offsetMs
  }

  get(path: string, query: Query = {}): Promise<unknown> {
    return this.#call({ method: 'GET', path, query })
  }

  create(path: string, body: object): Promise<unknown> {
    return this.#call({ method: 'POST', path, body: json(body) })
  }

  update(path: string, body: object): Promise<unknown> {
    return this.#call({ method: 'PUT', path, body: json(body) })
  }

  patch(path: string, body: unknown, { kind, query = {} }: { kind: PatchKind; query?: Query }): Promise<unknown> {
    return this.#call({ method: 'PATCH', path, query, body: json(body, PATCH_TYPES[kind]) })
  }

  async watch({ path, query, silenceMs, signal, onOpen, onEvents }: WatchRequest): Promise<void> {
    const line = new Line()
    const abort = () => line.hangUp(signal.reason as Error)
    signal.addEventListener('abort', abort)
    let patience = this.#patience(ANSWER_MS, line)
    try {
      const response = await this.#open({ method: 'GET', path, query: { ...query, watch: true } }, line)
      if (response.statusCode !== 200) throw await this.#refusal(response, patience)
      patience.end()
      patience = this.#patience(silenceMs, line)
      onOpen()
      await readEvents(response, onEvents, patience)
    } catch (error) {
      throw line.failure ?? error
    } finally {
      patience.end()
      signal.removeEventListener('abort', abort)
    }
  }

  async #call(call: Call): Promise<unknown> {
    const line = new Line()
    const patience = this.#patience(ANSWER_MS, line)
    try {
      const response = await this.#open(call, line)
      const status = response.statusCode ?? 0
      if (status < 200 || status > 299) throw await this.#refusal(response, patience)
      return parse(await readBody(response, patience))
    } catch (error) {
      throw line.failure ?? error
    } finally {
      patience.end()
    }
  }

  #patience(ms: number, line: Line): Patience {
    const failure = new Unreachable(`the API server was silent for ${ms / 1000} s`)
    return new Patience(this.#clock, ms, () => line.hangUp(failure))
  }

  async #refusal(response: IncomingMessage, patience: Patience): Promise<Error> {
    const status = response.statusCode ?? 0
    if (status === 401) this.#access.refused()
    const text = await readBody(response, patience)
    return apiError(status, parseOr(text, undefined), response.headers['retry-after'])
  }

  async #open(call: Call, line: Line): Promise<IncomingMessage> {
    const { server, headers, agent } = await line.unlessHungUp(this.#way())
    const url = new URL(server + call.path)
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    const request = (url.protocol === 'http:' ? requestHttp : requestHttps)(url, {
      method: call.method,
      agent,
      headers: { ...headers, ...headersOf(call) },
    })
    request.on('socket', (socket) => socket.setKeepAlive(KEEP_ALIVE))
    const sentAt = this.#clock.wall()
    const response = await line.answer(request, call.body?.text)
    this.#serverClock.note(response.headers.date, sentAt, this.#clock.wall())
    return response
  }

  async #way() {
    try {
      return await this.#access.current()
    } catch (error) {
      throw new Unreachable(error instanceof Error ? error.message : String(error))
    }
  }
}

function headersOf({ body }: Call): Readonly<Record<string, string | number>> {
  const common = { accept: 'application/json', 'user-agent': 'sluice' }
  if (body === undefined) return common
  return { ...common, 'content-type': body.type, 'content-length': Buffer.byteLength(body.text) }
}

async function readBody(response: IncomingMessage, patience: Patience): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of chunksOf(response)) {
    patience.heard()
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw new TooLarge(`an answer is longer than ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function readEvents(
  response: IncomingMessage,
  onEvents: WatchRequest['onEvents'],
  patience: Patience,
): Promise<void> {
  const lines = new Lines(MAX_EVENT_BYTES)
  for await (const chunk of chunksOf(response)) {
    patience.heard()
    const events: unknown[] = []
    try {
      for (const line of lines.push(chunk)) events.push(parse(line))
    } finally {
      // What came before a bad line is good.
      if (events.length > 0) onEvents(events)
    }
  }
}

function json(body: unknown, type = 'application/json'): { readonly type: string; readonly text: string } {
  return { type, text: JSON.stringify(body) }
}
