/** Clients of HTTP/2 that are not ours (Node's), over TLS and on the plain port. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from 'node:http2'
import { type TestContext, test } from 'node:test'
import { eventually } from './eventually.ts'
import { Backend, type RouteOptions, TestProxy } from './harness.ts'
import { httpsSpec } from './tls-world.ts'

export type Over = 'TLS' | 'TCP'

export interface H2World {
  readonly proxy: TestProxy
  readonly backend: Backend
  readonly backends: readonly Backend[]
  readonly origin: string
  readonly client: H2Client
}

/** One test over TLS, and one on the plain port. */
export function overBoth(
  name: string,
  run: (world: H2World, t: TestContext) => Promise<void>,
  options: RouteOptions & { readonly backends?: number } = {},
): void {
  for (const over of ['TLS', 'TCP'] as const) {
    test(`${name} (${over})`, async (t) => run(await startH2World(t, over, options), t))
  }
}

export async function startH2World(
  t: TestContext,
  over: Over,
  options: RouteOptions & { readonly backends?: number } = {},
): Promise<H2World> {
  const backends: Backend[] = []
  for (let n = 0; n < (options.backends ?? 1); n++) backends.push(await new Backend().listen(t))
  const https = await httpsSpec()
  const proxy = await new TestProxy(t).route(options).endpoints(backends).apply().listen(https)
  const origin = over === 'TLS' ? `https://127.0.0.1:${https.port}` : `http://127.0.0.1:${proxy.port}`
  return { proxy, backend: backends[0]!, backends, origin, client: await H2Client.connect(t, origin) }
}

/** An answer as far as it has come. */
export class Answered {
  readonly stream: ClientHttp2Stream
  headers: IncomingHttpHeaders | undefined = undefined
  readonly informational: IncomingHttpHeaders[] = []
  trailers: IncomingHttpHeaders | undefined = undefined
  body = ''
  ended = false
  closed = false
  /** Name of the code that the stream ended with, once it was closed. */
  error: string | undefined = undefined

  constructor(stream: ClientHttp2Stream) {
    this.stream = stream
    stream.setEncoding('latin1')
    stream.on('response', (headers) => {
      this.headers = headers
    })
    stream.on('headers', (headers) => this.informational.push(headers))
    stream.on('trailers', (headers) => {
      this.trailers = headers
    })
    stream.on('data', (text: string) => {
      this.body += text
    })
    stream.on('end', () => {
      this.ended = true
    })
    stream.on('error', (error: Error) => {
      this.error = error.message
    })
    stream.on('close', () => {
      this.closed = true
    })
  }

  get status(): number | undefined {
    return this.headers?.[':status'] as number | undefined
  }

  async whole(): Promise<this> {
    await eventually('a whole answer', () => this.closed && (this.ended || this.error !== undefined))
    return this
  }

  async head(): Promise<this> {
    await eventually('the head of an answer', () => this.headers !== undefined || this.closed)
    return this
  }
}

export interface AskOptions {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string | string[]>
  /** A whole body; without it the request ends with its head unless `open` says otherwise. */
  readonly body?: string | Buffer
  /** The body comes later, from the test. */
  readonly open?: boolean
  readonly trailers?: Record<string, string>
}

export class H2Client {
  readonly session: ClientHttp2Session
  /** Codes of the GOAWAY frames that came, with the last stream that each one names. */
  readonly goaways: { readonly code: number; readonly lastStream: number }[] = []
  closed = false

  constructor(session: ClientHttp2Session) {
    this.session = session
    session.on('goaway', (code, lastStream) => this.goaways.push({ code, lastStream }))
    session.on('error', () => {})
    session.on('close', () => {
      this.closed = true
    })
  }

  /** @param servername the host that is named in the handshake. */
  static async connect(t: TestContext, origin: string, servername?: string): Promise<H2Client> {
    const options = { rejectUnauthorized: false, ...(servername && { servername }) }
    const client = new H2Client(connect(origin, options))
    t.after(() => client.session.destroy())
    await eventually('a session', () => !client.session.connecting && client.session.remoteSettings !== undefined)
    return client
  }

  ask({ method = 'GET', path = '/', headers = {}, body, open = false, trailers }: AskOptions = {}): Answered {
    const pseudo = { ':method': method, ':path': path, ':authority': 'a.test' }
    const endStream = body === undefined && !open
    const stream = this.session.request(
      { ...pseudo, ...headers },
      { endStream, waitForTrailers: trailers !== undefined },
    )
    stream.on('wantTrailers', () => stream.sendTrailers(trailers!))
    if (body !== undefined) stream.end(body)
    return new Answered(stream)
  }
}
