/**
 * A TLS handshake with a client: at its end there is a socket that the same HTTP runs on as on any other. Reads need no
 * buffer of ours here (see adopt.ts): Node makes each as large as what it decrypted.
 */
import type { Socket } from 'node:net'
import { type SecureContext, TLSSocket } from 'node:tls'
import type { Deadlines, Timed } from '../deadlines.ts'
import type { Parting } from '../types.ts'
import { type Certificates, serverNameOf } from './certificates.ts'
import { HIGH_WATER_MARK } from './client-socket.ts'
import type { Connection } from './host.ts'

/** RFC 7301; a client that speaks none of these is told so by an alert. */
const PROTOCOLS = ['http/1.1', 'http/1.0']

export type HandshakeResult = 'full' | 'resumed' | 'failed' | 'timeout'

export interface HandshakeInit {
  readonly deadlines: Deadlines
  readonly certificates: Certificates
  /** Longest time for all of it; 0 is no limit. */
  readonly timeoutMs: number
  /** Runs once. `serverName` is empty where the client named no host. */
  readonly done: (result: HandshakeResult, socket: TLSSocket, serverName: string) => void
}

export class Handshake implements Connection, Timed {
  readonly busy = false
  slot = -1
  deadline: number
  readonly #socket: TLSSocket
  readonly #init: HandshakeInit
  #over = false

  constructor(raw: Socket, init: HandshakeInit) {
    const { certificates, deadlines, timeoutMs } = init
    this.#init = init
    this.#socket = new TLSSocket(raw, {
      isServer: true,
      secureContext: certificates.initial,
      SNICallback: (text, give) => choose(certificates, text, give),
      ALPNProtocols: PROTOCOLS,
      highWaterMark: HIGH_WATER_MARK,
    } as ConstructorParameters<typeof TLSSocket>[1])
    this.#socket.on('error', () => this.#end('failed'))
    this.#socket.on('close', () => this.#end('failed'))
    // A client that leaves in between: half-open connections are for later, when there may be an answer under way.
    this.#socket.once('end', () => this.#end('failed'))
    // What tls.Server itself listens for; its own timer and its lists of sockets would be a second set beside ours.
    this.#socket.once('secure', () => this.#end(this.#socket.isSessionReused() ? 'resumed' : 'full'))
    deadlines.add(this)
    this.deadline = timeoutMs === 0 ? 0 : deadlines.in(timeoutMs)
  }

  /** It goes on: the request behind it is answered, and the answer says that the connection ends. */
  drain(): void {}

  cut(): void {
    this.#end('failed')
  }

  leave(): Parting {
    return 'later'
  }

  onDeadline(): void {
    this.#end('timeout')
  }

  #end(result: HandshakeResult): void {
    if (this.#over) return
    this.#over = true
    this.#init.deadlines.remove(this)
    const good = result === 'full' || result === 'resumed'
    if (!good) this.#socket.destroy()
    this.#init.done(result, this.#socket, good ? serverNameOf(this.#socket.servername) : '')
  }
}

function choose(
  certificates: Certificates,
  text: string,
  give: (error: Error | null, context?: SecureContext) => void,
): void {
  let context: SecureContext
  try {
    context = certificates.contextFor(serverNameOf(text))
  } catch (error) {
    return give(error as Error)
  }
  give(null, context)
}
