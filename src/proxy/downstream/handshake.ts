/**
 * A TLS handshake with a client: at its end there is a socket that the same HTTP runs on as on any other. The client's
 * hello is read here first, so that OpenSSL begins with all that holds for the host it is for. Reads need no buffer of
 * ours after that (see adopt.ts): Node makes each as large as what it decrypted.
 */
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { PassthroughSpec } from '../../model/server-name.ts'
import type { ClientCertificate } from '../sides.ts'
import { type Certificates, type Serving, serverNameOf } from './certificates.ts'
import { clientCertificateOf } from './client-certificate.ts'
import { type ClientHello, NO_OFFERS, readClientHello } from './client-hello.ts'
import { HIGH_WATER_MARK } from './client-socket.ts'
import { type Judgement, readFirst } from './first-bytes.ts'
import { Prelude, type PreludeInit } from './prelude.ts'
import { staple } from './staple.ts'

/** RFC 7301; a client that speaks none of these is told so by an alert. */
const PROTOCOLS = ['http/1.1', 'http/1.0']
const PROTOCOLS_WITH_H2 = ['h2', ...PROTOCOLS]
/** OpenSSL says what is wrong with it. */
const UNREADABLE: ClientHello = { serverName: '', offers: NO_OFFERS }

/** `passed`: it is for somebody else, who gets all that was read. */
export type HandshakeResult = 'full' | 'resumed' | 'failed' | 'timeout' | 'passed'

export interface HandshakeInit extends PreludeInit {
  readonly certificates: Certificates
  /** Whether HTTP/2 is offered. */
  readonly http2: boolean
  /** Runs once, with what came of it where it succeeded. */
  readonly done: (result: HandshakeResult, opened: Opened | Passed | undefined) => void
}

/** A connection that TLS is not ended on here. */
export interface Passed {
  readonly serverName: string
  readonly to: PassthroughSpec
}

/** What HTTP can be spoken on. */
export interface Opened {
  readonly socket: TLSSocket
  /** Empty where the client named no host. */
  readonly serverName: string
  /** Where the host asks for one. */
  readonly certificate: ClientCertificate | undefined
}

export class Handshake extends Prelude {
  readonly #raw: Socket
  readonly #init: HandshakeInit
  #socket: TLSSocket | undefined
  #serving: Serving | undefined
  #serverName = ''

  constructor(raw: Socket, init: HandshakeInit) {
    super(raw, init)
    this.#raw = raw
    this.#init = init
    readFirst(raw, judge, (hello) => this.#greet(hello))
  }

  override onDeadline(): void {
    this.#end('timeout')
  }

  protected override fail(): void {
    this.#end('failed')
  }

  #greet(hello: ClientHello | undefined): void {
    if (this.over) return
    if (hello === undefined) return this.fail()
    this.#serverName = serverNameOf(hello.serverName)
    const to = this.#init.certificates.passthrough(this.#serverName)
    if (to !== undefined) return this.#pass({ serverName: this.#serverName, to })
    const serving = this.#serve(hello)
    if (serving === undefined) return this.fail()
    this.#serving = serving
    const socket = new TLSSocket(this.#raw, {
      isServer: true,
      secureContext: serving.context,
      requestCert: serving.clientAuth !== undefined,
      // Who has shown none, or a bad one, is told so in words, by an answer.
      rejectUnauthorized: false,
      ALPNProtocols: this.#init.http2 ? PROTOCOLS_WITH_H2 : PROTOCOLS,
      highWaterMark: HIGH_WATER_MARK,
    } as ConstructorParameters<typeof TLSSocket>[1])
    this.#socket = socket
    if (serving.staple !== undefined) staple(socket, serving.staple)
    socket.on('error', () => this.fail())
    socket.on('close', () => this.fail())
    socket.once('end', () => this.fail())
    // What tls.Server itself listens for; its own timer and its lists of sockets would be a second set beside ours.
    socket.once('secure', () => this.#agreed(socket))
  }

  #serve({ offers }: ClientHello): Serving | undefined {
    try {
      return this.#init.certificates.serving(this.#serverName, offers)
    } catch {
      return undefined
    }
  }

  #agreed(socket: TLSSocket): void {
    // A second hello (RFC 8446 section 4.1.4) must not name another host than the one that all was chosen for.
    const { servername: named } = socket as { readonly servername?: string | false | null }
    const isOther = serverNameOf(named || '') !== this.#serverName
    // TLS 1.2 has none, and what OpenSSL tells there is the name that a session was opened for.
    if (isOther && socket.getProtocol() !== 'TLSv1.2') return this.fail()
    this.#end(socket.isSessionReused() ? 'resumed' : 'full')
  }

  #end(result: HandshakeResult): void {
    if (!this.finish()) return
    const opened = result === 'full' || result === 'resumed' ? this.#opened(this.#socket!) : undefined
    if (opened === undefined) (this.#socket ?? this.#raw).destroy()
    this.#init.done(opened === undefined && result !== 'timeout' ? 'failed' : result, opened)
  }

  #pass(passed: Passed): void {
    if (this.finish()) this.#init.done('passed', passed)
  }

  /** Nothing where what the client has shown cannot be read: here, an error would end the worker. */
  #opened(socket: TLSSocket): Opened | undefined {
    const auth = this.#serving?.clientAuth
    try {
      return { socket, serverName: this.#serverName, certificate: auth && clientCertificateOf(socket, auth) }
    } catch {
      return undefined
    }
  }
}

/** Nothing of a hello that is too long. */
function judge(bytes: Buffer): Judgement<ClientHello | undefined> {
  const reading = readClientHello(bytes)
  if (reading === 'too-long') return { found: undefined, used: 0 }
  if (reading === 'unreadable') return { found: UNREADABLE, used: 0 }
  return 'needs' in reading ? reading : { found: reading, used: 0 }
}
