/** One end of a raw TCP connection, client or backend, that a test writes and reads byte by byte. */
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { eventually } from './eventually.ts'
import { leastLength, type Message, parseMessage, type ReadOptions } from './message.ts'

export class Peer {
  readonly socket: Socket
  /** What arrived and was not taken yet, as Latin-1. */
  text = ''
  /** Bytes that arrived so far. */
  received = 0
  /** The other end has sent its last byte. */
  ended = false
  closed = false
  /** Why the connection broke, if it did. */
  error: string | undefined = undefined
  /** Takes the bytes instead of `text`, where there are many of them. */
  onBytes: ((chunk: Buffer) => void) | undefined = undefined
  /** Answers each request by itself, where a test is about something else. */
  answer: ((request: Message, peer: Peer) => string) | undefined = undefined
  /** Whether the body of a request is asked for that waits for that, as every server of HTTP/1.1 does. */
  asksForBodies = true
  /** A body is asked for. */
  onAsk: (() => void) | undefined = undefined
  /** Whether that of the request under way was asked for. */
  #asked = false
  /** Before there is so much of it, another look at `text` is of no use; each puts all of it together anew. */
  #least = 0

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('end', () => {
      this.ended = true
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message
    })
    socket.on('close', () => {
      this.closed = true
    })
  }

  send(...texts: readonly string[]): void {
    this.socket.write(texts.join(''), 'latin1')
  }

  /** Sends the last byte; reading goes on. */
  end(): void {
    this.socket.end()
  }

  /** Breaks the connection in a way the other end can tell from a regular end. */
  reset(): void {
    this.socket.resetAndDestroy()
  }

  /** Waits for this text and takes everything up to its end. */
  async take(text: string): Promise<string> {
    const end = await eventually(`${JSON.stringify(text)} in ${this.#excerpt()}`, () => {
      const at = this.text.indexOf(text)
      return at < 0 ? undefined : at + text.length
    })
    return this.#cut(end)
  }

  /** Waits for a whole message and takes it. @param bodyless for the answer to HEAD. */
  async message(bodyless = false): Promise<Message> {
    const message = await eventually('a whole message', () => {
      return this.#parse({ ended: this.ended || this.closed, bodyless })
    }).catch((error: Error) => {
      throw new Error(`${error.message}, in ${this.#excerpt()}`)
    })
    this.#cut(message.bytes)
    return message
  }

  /** Waits until the other end has sent its last byte, or broke off. */
  async atEnd(): Promise<void> {
    await eventually('the end of the connection', () => this.ended || this.closed)
  }

  async atClose(): Promise<void> {
    await eventually('the close of the connection', () => this.closed)
  }

  #take(chunk: Buffer): void {
    this.received += chunk.length
    if (this.onBytes !== undefined) return this.onBytes(chunk)
    this.text += chunk.toString('latin1')
    this.#answerAll()
    if (this.answer === undefined) this.#askForBody()
  }

  #answerAll(): void {
    while (this.answer !== undefined) {
      const request = this.#parse({ ended: false, bodyless: false })
      if (request === undefined) return this.#askForBody()
      this.#cut(request.bytes)
      const text = this.answer(request, this)
      if (!this.socket.destroyed) this.send(text)
    }
  }

  /** RFC 9110 section 10.1.1. */
  #askForBody(): void {
    const head = this.text.slice(0, this.text.indexOf('\r\n\r\n') + 2)
    if (
      !this.asksForBodies ||
      this.#asked ||
      this.text.length > head.length + 2 ||
      !/\r\nexpect: 100-continue\r\n/i.test(head)
    )
      return
    this.#asked = true
    this.onAsk?.()
    this.send('HTTP/1.1 100 Continue\r\n\r\n')
  }

  #parse(options: ReadOptions): Message | undefined {
    if (!options.ended && this.text.length < this.#least) return undefined
    const message = parseMessage(this.text, options)
    if (message === undefined) this.#least = leastLength(this.text)
    return message
  }

  #cut(end: number): string {
    this.#least = 0
    this.#asked = false
    const taken = this.text.slice(0, end)
    this.text = this.text.slice(end)
    return taken
  }

  #excerpt(): string {
    return `${JSON.stringify(this.text.slice(0, 300))}${this.ended ? ' (ended)' : ''}${this.error ?? ''}`
  }
}

/** Connects to a port on loopback; the connection ends with the test. */
export async function connectTo(t: TestContext, port: number): Promise<Peer> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
  const peer = new Peer(socket)
  t.after(() => socket.destroy())
  await eventually('a connection', () => !socket.connecting || peer.error !== undefined)
  return peer
}

export class Backend {
  readonly address = '127.0.0.1'
  port = 0
  /** All connections that came, the oldest first. */
  readonly connections: Peer[] = []
  #taken = 0
  readonly #server: Server
  /** Answers each request by itself, where a test is about something else. */
  answer: Peer['answer'] = undefined
  onConnection: ((peer: Peer) => void) | undefined = undefined

  /** @param tls what it is shown by, where it speaks TLS. */
  constructor(tls?: TlsOptions) {
    const options = { allowHalfOpen: true, noDelay: true }
    const accepted = (socket: Socket) => this.#accepted(socket)
    this.#server =
      tls === undefined ? createServer(options, accepted) : createTlsServer({ ...options, ...tls }, accepted)
  }

  /** @param port any that is free, where it is 0. */
  async listen(t: TestContext, port = 0): Promise<this> {
    t.after(() => this.close())
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve))
    const address = this.#server.address()
    this.port = typeof address === 'object' ? address!.port : 0
    return this
  }

  get id(): string {
    return `${this.address}:${this.port}`
  }

  /** The next connection that was not asked for yet. */
  accept(): Promise<Peer> {
    return eventually('a connection from the proxy', () => this.connections[this.#taken]).then((peer) => {
      this.#taken++
      return peer
    })
  }

  get waiting(): boolean {
    return this.connections.length > this.#taken
  }

  #accepted(socket: Socket): void {
    const peer = new Peer(socket)
    peer.answer = this.answer
    this.connections.push(peer)
    this.onConnection?.(peer)
  }

  close(): void {
    this.#server.close()
    for (const { socket } of this.connections) socket.destroy()
  }
}

/** The next connection to one of several backends. */
export async function acceptAny(backends: readonly Backend[]): Promise<{ backend: Backend; peer: Peer }> {
  const backend = await eventually('a connection to any backend', () => backends.find(({ waiting }) => waiting))
  return { backend, peer: await backend.accept() }
}
