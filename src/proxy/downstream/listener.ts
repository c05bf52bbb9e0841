/** Accepts connections on one port of one worker, within limits. */
import { createServer, type Server, type Socket } from 'node:net'
import type { AddressSet } from '../../lib/cidr.ts'
import type { Departure } from '../departure.ts'
import type { ListenSpec } from '../messages.ts'
import type { Sample } from '../metrics.ts'
import type { ConnectionCounts } from '../shared/connection-counts.ts'
import type { Certificates } from './certificates.ts'
import { type ClientInit, newClient } from './client.ts'
import { HIGH_WATER_MARK } from './client-socket.ts'
import { H1Downstream } from './h1.ts'
import { Handshake, type HandshakeResult } from './handshake.ts'
import type { Connection, DownstreamHost } from './host.ts'

/** Where to listen, on one port. */
export type Place = Omit<ListenSpec, 'https'>

export interface ListenerHost extends DownstreamHost {
  readonly connections: ConnectionCounts
  trustedProxies(): AddressSet
}

export class Listener {
  readonly #host: ListenerHost
  readonly #server: Server
  readonly #certificates: Certificates | undefined
  readonly #connections = new Set<Connection>()
  readonly #refused = new Map<string, number>()
  readonly #handshakes = new Map<HandshakeResult, number>()
  #accepted = 0
  /** As clients know it. */
  #port = 0
  #onEmpty: (() => void) | undefined
  /** Once no more connections are taken. */
  #departure: Departure | undefined

  /** @param certificates where TLS is spoken. */
  constructor(host: ListenerHost, certificates?: Certificates) {
    this.#host = host
    this.#certificates = certificates
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
    yield ['sluice_connections_accepted', [], this.#accepted]
    for (const [limit, n] of this.#refused) yield ['sluice_connections_refused', [limit], n]
    for (const [result, n] of this.#handshakes) yield ['sluice_tls_handshakes', [result], n]
  }

  #accept(socket: Socket): void {
    // A socket without this listener turns a reset into an uncaught error (CVE-2025-59465).
    socket.on('error', () => {})
    const address = socket.remoteAddress
    if (address === undefined) return void socket.destroy()
    const limit = this.#overLimit(address)
    if (limit !== undefined) {
      this.#refused.set(limit, (this.#refused.get(limit) ?? 0) + 1)
      return void socket.destroy()
    }
    this.#accepted++
    this.#host.connections.opened(address)
    if (this.#certificates === undefined) this.#open(socket, { scheme: 'http', address, serverName: '' })
    else this.#shake(socket, address, this.#certificates)
  }

  #shake(raw: Socket, address: string, certificates: Certificates): void {
    const handshake = new Handshake(raw, {
      deadlines: this.#host.deadlines,
      certificates,
      timeoutMs: this.#host.settings().timeouts.headerMs,
      done: (result, opened) => {
        this.#handshakes.set(result, (this.#handshakes.get(result) ?? 0) + 1)
        if (opened !== undefined) this.#open(opened.socket, { scheme: 'https', address, ...opened })
        this.#closed(handshake, opened === undefined ? address : undefined)
      },
    })
    this.#connections.add(handshake)
  }

  #open(socket: Socket, about: Pick<ClientInit, 'scheme' | 'address' | 'serverName' | 'certificate'>): void {
    const { sendForwarded } = this.#host.settings()
    const trustedProxies = this.#host.trustedProxies()
    const client = newClient({ ...about, port: this.#port, trustedProxies, sendForwarded })
    const closed = (connection: H1Downstream): void => this.#closed(connection, about.address)
    const connection = new H1Downstream(socket, this.#host, { client, closed })
    this.#connections.add(connection)
    // A handshake that was under way when the end began.
    if (this.#departure !== undefined) this.#dismiss(connection, this.#departure)
  }

  #dismiss(connection: Connection, departure: Departure): void {
    connection.drain()
    departure.add(connection)
  }

  #overLimit(address: string): 'connections' | 'connections-per-client' | undefined {
    const { connections, connectionsPerClient } = this.#host.settings().limits
    const counts = this.#host.connections
    if (connections > 0 && counts.total() >= connections) return 'connections'
    const full = connectionsPerClient > 0 && counts.ofClient(address) >= connectionsPerClient
    return full ? 'connections-per-client' : undefined
  }

  /** @param address of the client, which has one connection less; none where the connection goes on as another. */
  #closed(connection: Connection, address: string | undefined): void {
    if (!this.#connections.delete(connection)) return
    if (address !== undefined) this.#host.connections.closed(address)
    if (this.#connections.size === 0) this.#onEmpty?.()
  }
}
