/** Many WebSockets at once: clients that count and note how they end, and a server that sends everything back. */
import { connect, createServer, type Server, type Socket } from 'node:net'

const REQUEST = [
  'GET /ws HTTP/1.1',
  'Host: app.test',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
].join('\r\n')
const ANSWER = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
const TEXT = 0x81
const CLOSE = 0x88

interface Frame {
  readonly head: number
  readonly payload: Buffer
}

/** Takes small frames out of bytes that come in any pieces. */
class Frames {
  #rest: Buffer = Buffer.alloc(0)

  take(chunk: Buffer): readonly Frame[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const frames: Frame[] = []
    for (;;) {
      const [head, second] = this.#rest
      if (head === undefined || second === undefined) return frames
      const masked = second >= 0x80
      const start = masked ? 6 : 2
      const end = start + (second & 0x7f)
      if (this.#rest.length < end) return frames
      const payload = Buffer.from(this.#rest.subarray(start, end))
      if (masked) for (const [i, byte] of payload.entries()) payload[i] = byte ^ this.#rest[2 + (i % 4)]!
      this.#rest = this.#rest.subarray(end)
      frames.push({ head, payload })
    }
  }
}

/** Behind the head of a message; `undefined` before its end. */
function behindHead(bytes: Buffer): Buffer | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  return end < 0 ? undefined : bytes.subarray(end + 4)
}

export class WebSocketClient {
  readonly #socket: Socket
  readonly #frames = new Frames()
  #head: Buffer | undefined = Buffer.alloc(0)
  open = false
  /** Frames that came back. */
  echoes = 0
  /** Code of the close frame; 0 before. */
  code = 0
  ended = false
  /** How the connection broke, where it did. */
  error = ''
  /** Runs once, when the connection is over. */
  onEnd: () => void = () => {}

  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true }, () => {
      this.#socket.write(`${REQUEST}\r\n\r\n`)
    })
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    this.#socket.on('error', (error) => {
      this.error = error.message
    })
    this.#socket.on('close', () => {
      this.ended = true
      this.onEnd()
    })
  }

  send(text: string): void {
    this.#socket.write(Buffer.concat([Buffer.from([TEXT, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]))
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    if (this.#head === undefined) return this.#read(chunk)
    this.#head = Buffer.concat([this.#head, chunk])
    const rest = behindHead(this.#head)
    if (rest === undefined) return
    this.open = this.#head.toString('latin1').startsWith('HTTP/1.1 101')
    this.#head = undefined
    this.#read(rest)
  }

  #read(chunk: Buffer): void {
    for (const { head, payload } of this.#frames.take(chunk)) {
      if (head !== CLOSE) this.echoes++
      else {
        this.code = payload.readUInt16BE()
        // As a browser answers; the server ends the connection.
        this.#socket.write(Buffer.concat([Buffer.from([CLOSE, 0x82, 0, 0, 0, 0]), payload]))
      }
    }
  }
}

export class WebSocketServer {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Codes of the close frames that came. */
  readonly codes: number[] = []
  /** Connections that came, by the address they came to. */
  readonly accepted = new Map<string, number>()
  port = 0

  constructor() {
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket))
  }

  /** On all addresses of loopback. */
  listen(): Promise<this> {
    return new Promise((resolve) => {
      this.#server.listen({ host: '0.0.0.0', port: 0, backlog: 2048 }, () => {
        const address = this.#server.address()
        this.port = typeof address === 'object' ? address!.port : 0
        resolve(this)
      })
    })
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    const address = socket.localAddress ?? ''
    this.accepted.set(address, (this.accepted.get(address) ?? 0) + 1)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => {})
    let head: Buffer | undefined = Buffer.alloc(0)
    const frames = new Frames()
    socket.on('data', (chunk: Buffer) => {
      let rest: Buffer | undefined = chunk
      if (head !== undefined) {
        head = Buffer.concat([head, chunk])
        rest = behindHead(head)
        if (rest === undefined) return
        const upgrade = /^upgrade: websocket/im.test(head.toString('latin1'))
        head = upgrade ? undefined : Buffer.alloc(0)
        socket.write(upgrade ? `${ANSWER}\r\n` : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
        if (!upgrade) return
      }
      this.#answer(socket, frames.take(rest))
    })
  }

  #answer(socket: Socket, frames: Iterable<Frame>): void {
    for (const { head, payload } of frames) {
      socket.write(Buffer.concat([Buffer.from([head, payload.length]), payload]))
      if (head !== CLOSE) continue
      this.codes.push(payload.readUInt16BE())
      socket.end()
    }
  }
}
