/** Accepts connections on one port of one worker, within limits. */
import { createServer, type Server, type Socket } from 'node:net'
import { plainAddress } from '../../lib/ip.ts'
import type { Departure } from '../departure.ts'
import { PREFACE } from '../http2/preface.ts'
import type { ListenSpec } from '../messages.ts'
import type { Sample } from '../metrics.ts'
import type { Certificates } from './certificates.ts'
import { type ClientInit, newClient } from './client.ts'
import { HIGH_WATER_MARK } from './client-socket.ts'
import { H1Downstream, type H1Init } from './h1.ts'
import { H2Downstream } from './h2.ts'
import { openH2 } from './h2-open.ts'
import { Handshake, type Passed } from './handshake.ts'
import { HandshakeLimits } from './handshake-limits.ts'
import type { Connection } from './host.ts'
import { Introduction } from './introduction.ts'
import type { ListenerHost, ListenerRole } from './listener-host.ts'
import type { ProxiedConnection } from './proxy-protocol.ts'

/** As much of the preface of HTTP/2 as reads like HTTP/1.1, up to the empty line. */
const HTTP1_PART = PREFACE.indexOf('\r\n\r\n') + 4

/** Where to listen, on one port. */
export type Place = Omit<ListenSpec, 'https'>

/** Where a connection came from. */
interface Arrival {
  readonly address: string
  /** Where it went to, whether by TLS, and from which port, where a load balancer has said so. */
  readonly port?: number
  readonly isSecure?: boolean
  readonly sourcePort?: number
}

type Greeting = Pick<ClientInit, 'scheme' | 'serverName' | 'certificate'>

/** A load balancer that takes connections there and speaks HTTP to us has ended TLS. */
const HTTPS_PORT = 443

export class Listener {
  readonly #host: ListenerHost
  readonly #server: Server
  readonly #role: ListenerRole
  readonly #rates: HandshakeLimits
  readonly #connections = new Set<Connection>()
  /** As clients know it. */
  #port = 0
  #onEmpty: (() => void) | undefined
  /** Once no more connections are taken. */
  #departure: Departure | undefined

  constructor(host: ListenerHost, role: ListenerRole = {}) {
    this.#host = host
    this.#role = role
    this.#rates = new HandshakeLimits(() => host.now(), host.random)
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: HIGH_WATER_MARK })
    this.#server.on('connection', (socket) => this.#accept(socket))
  }

  /** @returns the port, which the system chooses for 0. Rejects where it cannot be had. */
  listen({ host, port, reusePort, publicPort }: Place): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host, port, reusePort, backlog: 4096 }, () => {
        this.#server.off('error', reject)
        // A failed accept (out of file descriptors) must not end the worker; the kernel keeps the client waiting.
        this.#server.on('error', () => {})
        const address = this.#server.address()
        const own = address !== null && typeof address === 'object' ? address.port : port
        this.#port = publicPort ?? own
        resolve(own)
      })
    })
  }

  /** Takes no more connections; those that there are go on. */
  stopAccepting(): void {
    this.#server.close()
  }

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.#connections.size === 0
  }

  /**
   * Stops accepting; idle connections end in a moment, busy ones after their answer, and long streams depart. Resolves
   * when no connection is left; `cut` ends those that still are.
   */
  close(departure: Departure): { readonly empty: Promise<void>; readonly cut: () => void } {
    this.#server.close()
    this.#departure = departure
    for (const connection of this.#connections) this.#dismiss(connection, departure)
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve
      if (this.#connections.size === 0) resolve()
    })
    return {
      empty,
      cut: () => {
        for (const connection of this.#connections) connection.cut()
      },
    }
  }

  *samples(): Iterable<Sample> {
    let busy = 0
    for (const connection of this.#connections) if (connection.busy) busy++
    yield ['sluice_connections', ['busy'], busy]
    yield ['sluice_connections', ['idle'], this.#connections.size - busy]
  }

  #accept(socket: Socket): void {
    // A socket without this listener turns a reset into an uncaught error (CVE-2025-59465).
    socket.on('error', () => {})
    const address = socket.remoteAddress
    if (address === undefined) return void socket.destroy()
    const introductions = this.#role.passes?.().introductions ?? this.#host.introductions()
    const expectation = introductions.expected(address)
    // Of a load balancer there are many connections; its clients count.
    const limit =
      expectation === 'refused' ? 'proxy-protocol' : this.#overLimit(expectation === 'none' ? address : undefined)
    if (limit !== undefined) return this.#refuse(socket, limit)
    this.#host.accepts.accepted()
    this.#host.connections.opened(address)
    if (expectation === 'none') this.#begin(socket, { address })
    else this.#introduce(socket, address, expectation === 'required')
  }

  /** @param by who connects for somebody else. */
  #introduce(socket: Socket, by: string, isRequired: boolean): void {
    const introduction = new Introduction(socket, {
      deadlines: this.#host.deadlines,
      timeoutMs: this.#host.settings().timeouts.headerMs,
      isRequired,
      done: (said) => {
        if (said === 'failed') this.#refuse(socket, 'proxy-protocol')
        else if (said === 'itself') this.#begin(socket, { address: by })
        else this.#admit(socket, said)
        this.#closed(introduction, said === 'itself' ? undefined : by)
      },
    })
    this.#connections.add(introduction)
  }

  #admit(socket: Socket, { source, sourcePort, destinationPort, encrypted }: ProxiedConnection): void {
    const limit = this.#overLimit(source)
    if (limit !== undefined) return this.#refuse(socket, limit)
    this.#host.connections.opened(source)
    const isSecure = encrypted || destinationPort === HTTPS_PORT
    this.#begin(socket, { address: source, sourcePort, port: destinationPort, isSecure })
  }

  #refuse(socket: Socket, limit: string): void {
    this.#host.accepts.refused(limit)
    socket.destroy()
  }

  #begin(socket: Socket, arrival: Arrival): void {
    const { certificates, passes } = this.#role
    if (certificates !== undefined) return this.#shake(socket, arrival, certificates)
    if (passes !== undefined) return this.#relay(socket, arrival, { serverName: '', to: passes().to })
    this.#open(socket, arrival, { scheme: arrival.isSecure === true ? 'https' : 'http', serverName: '' })
  }

  #shake(raw: Socket, arrival: Arrival, certificates: Certificates): void {
    const { address } = arrival
    const limit = this.#rates.exceeded(this.#host.settings().limits, address)
    if (limit !== undefined) {
      this.#host.connections.closed(address)
      return this.#refuse(raw, limit)
    }
    const begunAt = this.#host.now()
    const handshake = new Handshake(raw, {
      deadlines: this.#host.deadlines,
      certificates,
      timeoutMs: this.#host.settings().timeouts.headerMs,
      http2: this.#host.settings().http2.enabled,
      done: (result, opened) => {
        this.#host.accepts.shook(result, this.#host.now() - begunAt)
        if (opened !== undefined && 'to' in opened) this.#relay(raw, arrival, opened)
        else if (opened !== undefined) this.#open(opened.socket, arrival, { scheme: 'https', ...opened })
        this.#closed(handshake, opened === undefined ? address : undefined)
      },
    })
    this.#connections.add(handshake)
  }

  #open(
    socket: Socket,
    { address, sourcePort = socket.remotePort ?? 0, port = this.#port }: Arrival,
    about: Greeting,
  ): void {
    // It takes a call of the system.
    const localAddress = this.#host.introduces() ? plainAddress(socket.localAddress ?? '') : ''
    const { sendForwarded } = this.#host.settings()
    const trustedProxies = this.#host.trustedProxies()
    const client = newClient({ ...about, sourcePort, localAddress, address, port, trustedProxies, sendForwarded })
    const closed = (connection: Connection): void => this.#closed(connection, address)
    if ('alpnProtocol' in socket && socket.alpnProtocol === 'h2') {
      return this.#enter(openH2(socket, this.#host, { client, closed }))
    }
    // Over TLS it is the handshake that agrees on HTTP/2 (RFC 9113 section 3.2).
    const isOffered = about.scheme === 'http' && this.#host.settings().http2.enabled
    const speaksH2 = isOffered ? this.#switchToH2(closed) : undefined
    this.#enter(new H1Downstream(socket, this.#host, { client, closed, speaksH2 }))
  }

  /** A client that knew beforehand that we speak HTTP/2 (RFC 9113 section 3.3). */
  #switchToH2(closed: (connection: Connection) => void): H1Init['speaksH2'] {
    return (before, from, { buffer, start, end }) => {
      const connection = new H2Downstream(from.socket, this.#host, { client: before.client, closed, volatile: true })
      from.handOver((bytes, at, stop) => connection.received(bytes, at, stop))
      this.#enter(connection)
      this.#closed(before, undefined)
      connection.received(PREFACE, 0, HTTP1_PART)
      connection.received(buffer, start, end)
    }
  }

  #enter(connection: Connection): void {
    this.#connections.add(connection)
    // A handshake that was under way when the end began.
    if (this.#departure !== undefined) this.#dismiss(connection, this.#departure)
  }

  #relay(socket: Socket, arrival: Arrival, { serverName: host, to }: Passed): void {
    const { address, sourcePort = socket.remotePort ?? 0, port = this.#port } = arrival
    const protocol = this.#role.passes === undefined ? 'TLS' : 'TCP'
    this.#enter(
      this.#host.relay({
        ...{ protocol, socket, address: plainAddress(address), sourcePort, port, host, to },
        closed: (connection) => this.#closed(connection, address),
      }),
    )
  }

  #dismiss(connection: Connection, departure: Departure): void {
    connection.drain()
    departure.add(connection)
  }

  /** @param address of the client, where it is known yet. */
  #overLimit(address: string | undefined): 'connections' | 'connections-per-client' | undefined {
    const { connections, connectionsPerClient } = this.#host.settings().limits
    const counts = this.#host.connections
    if (connections > 0 && counts.total() >= connections) return 'connections'
    if (address === undefined || connectionsPerClient === 0) return undefined
    const full = counts.ofClient(address) >= connectionsPerClient
    return full ? 'connections-per-client' : undefined
  }

  /** @param address of the client, which has one connection less; none where the connection goes on as another. */
  #closed(connection: Connection, address: string | undefined): void {
    if (!this.#connections.delete(connection)) return
    if (address !== undefined) this.#host.connections.closed(address)
    if (this.#connections.size === 0) this.#onEmpty?.()
  }
}
