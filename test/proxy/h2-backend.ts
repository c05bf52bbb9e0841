/** An endpoint that speaks HTTP/2, by node:http2, in clear text or by TLS. */
import { once } from 'node:events'
import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { KeyedCertificate } from '../../src/lib/self-signed.ts'

export interface H2BackendOptions {
  readonly settings?: Settings
  /** What it is shown by, where it speaks TLS. */
  readonly tls?: KeyedCertificate
}

export type H2Handler = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void

export class H2Backend {
  readonly address = '127.0.0.1'
  port = 0
  /** All connections that came, and those of them that are open. */
  readonly sessions: ServerHttp2Session[] = []
  readonly #server: Http2Server
  /** Answers with its own id, unless a test says otherwise. */
  handler: H2Handler = (stream) => {
    stream.respond({ ':status': 200 })
    stream.end(this.id)
  }

  constructor({ settings = {}, tls }: H2BackendOptions = {}) {
    this.#server =
      tls === undefined ? createServer({ settings }) : createSecureServer({ settings, cert: tls.chain, key: tls.key })
    this.#server.on('session', (session) => {
      this.sessions.push(session)
      session.on('error', () => {})
    })
    this.#server.on('stream', (stream: ServerHttp2Stream, headers) => {
      stream.on('error', () => {})
      this.handler(stream, headers)
    })
    this.#server.on('sessionError', () => {})
  }

  get id(): string {
    return `${this.address}:${this.port}`
  }

  async listen(t: TestContext): Promise<this> {
    t.after(() => {
      this.#server.close()
      for (const session of this.sessions) session.destroy()
    })
    this.#server.listen(0, this.address)
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as AddressInfo).port
    return this
  }
}

/** The whole body of a request. */
export async function bodyOf(stream: ServerHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
