/** Keep-alive connections to the proxy, each of which asks for a host again and again until it gets a new answer. */
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * The kernel spreads connections over the workers: one in 128 runs has a worker that none of these is with. With more of
 * them, looking would take the processor that it is to watch.
 */
const CONNECTIONS = 8
/** Found times are at most about so much too long, never too short. */
const LOOK_EVERY_MS = 2

export class Probe {
  readonly #connections: readonly Connection[]

  private constructor(connections: readonly Connection[]) {
    this.#connections = connections
  }

  static async open(port: number): Promise<Probe> {
    return new Probe(await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(port))))
  }

  /** Resolves with the time at which the last connection got an answer that passes. */
  async until(host: string, passes: (body: string) => boolean): Promise<number> {
    const times = await Promise.all(this.#connections.map((connection) => settled(connection, host, passes)))
    return Math.max(...times)
  }

  close(): void {
    for (const connection of this.#connections) connection.close()
  }
}

async function settled(connection: Connection, host: string, passes: (body: string) => boolean): Promise<number> {
  for (;;) {
    if (passes(await connection.get(host))) return performance.now()
    await pause(LOOK_EVERY_MS)
  }
}

class Connection {
  readonly #socket: Socket
  #text = ''
  #answered: (body: string) => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text
      const body = bodyOf(this.#text)
      if (body === undefined) return
      this.#text = ''
      this.#answered(body)
    })
  }

  static async open(port: number): Promise<Connection> {
    const socket = createConnection(port, '127.0.0.1')
    await once(socket, 'connect')
    return new Connection(socket)
  }

  get(host: string): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>()
    this.#answered = resolve
    this.#socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    return promise
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** The whole body of an answer with a Content-Length, once it is there. */
export function bodyOf(text: string): string | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const length = Number(/^content-length: *(\d+)/im.exec(text.slice(0, end))?.[1] ?? 0)
  const body = text.slice(end + 4)
  return body.length >= length ? body : undefined
}
