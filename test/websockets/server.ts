/** The server of the conversations, over raw sockets: agrees on what is offered, echoes, and notes what it hears. */
import { createHash } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import type { KeyedCertificate } from '../../src/lib/self-signed.ts'
import { parseMessage } from '../proxy/message.ts'
import type { Conversation } from './conversation.ts'
import { agree } from './deflate.ts'
import { Echo } from './echo.ts'
import { type Heard, Listener } from './transcript.ts'

/** For the answer to a key (RFC 6455 section 1.3). */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const KEY_BYTES = 16
/** Of the request, what must be the same whichever way it came. */
const NOTED = ['sec-websocket-version', 'sec-websocket-protocol', 'sec-websocket-extensions', 'origin', 'cookie']

export interface ServerSide {
  readonly asked: readonly string[]
  readonly heard: Heard
}

export class ConversationServer {
  readonly address = '127.0.0.1'
  port = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #expected = new Map<string, { conversation: Conversation; resolve: (side: ServerSide) => void }>()

  /** @param tls what it is shown by, where it speaks TLS. */
  constructor(tls?: KeyedCertificate) {
    const options = { allowHalfOpen: true, noDelay: true }
    const accept = (socket: Socket) => this.#accept(socket)
    const shown = tls && { cert: tls.chain, key: tls.key }
    this.#server = shown ? createTlsServer({ ...options, ...shown }, accept) : createServer(options, accept)
  }

  /** @param port any that is free, where it is 0. */
  async listen(t: TestContext, port = 0): Promise<this> {
    t.after(() => {
      this.#server.close()
      for (const socket of this.#sockets) socket.destroy()
    })
    await new Promise<void>((resolve) => this.#server.listen(port, this.address, resolve))
    const address = this.#server.address()
    this.port = typeof address === 'object' ? address!.port : 0
    return this
  }

  /** What the server will have heard of the one conversation at this path, once it is over. */
  at(path: string, conversation: Conversation): Promise<ServerSide> {
    return new Promise((resolve) => this.#expected.set(path, { conversation, resolve }))
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => {})
    let head = Buffer.alloc(0)
    const onData = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n') + 4
      if (end < 4) return
      socket.off('data', onData).pause()
      this.#converse(socket, head.toString('latin1', 0, end), head.subarray(end))
    }
    socket.on('data', onData)
  }

  #converse(socket: Socket, head: string, first: Buffer): void {
    const { start, fields } = parseMessage(head, { ended: false, bodyless: true })!
    const path = start.split(' ')[1]!
    const { conversation, resolve } = this.#expected.get(path)!
    this.#expected.delete(path)
    const key = fields.get('sec-websocket-key') ?? ''
    const agreement = agree(fields.get('sec-websocket-extensions') ?? '')
    const protocol = fields.get('sec-websocket-protocol')?.split(',')[0]
    const lines = [
      ...['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket'],
      `Sec-WebSocket-Accept: ${createHash('sha1').update(`${key}${GUID}`).digest('base64')}`,
      ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
      ...(agreement === undefined ? [] : [`Sec-WebSocket-Extensions: ${agreement.text}`]),
    ]
    const answer = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
    socket.write(Buffer.concat([answer, conversation.greeting ?? Buffer.alloc(0)]))
    const listener = new Listener(socket, first)
    talk(socket, listener, new Echo((bytes) => socket.write(bytes), agreement))
    const keyFault = Buffer.from(key, 'base64').length === KEY_BYTES ? [] : [`key ${key}`]
    const asked = [...NOTED.map((name) => `${name}: ${fields.get(name)}`), ...keyFault]
    listener.whole.then((heard) => resolve({ asked, heard }))
  }
}

function talk(socket: Socket, listener: Listener, echo: Echo): void {
  listener.onFrame = (frame) => {
    echo.take(frame)
    if (!echo.isOver) return
    listener.ignore()
    socket.end()
  }
  listener.whole.then(() => socket.end())
}
