/**
 * One UDP port of one worker. A client is an address and a port; its datagrams go to one endpoint for as long as they
 * keep coming. Of several workers the kernel always gives a client to the same one.
 */
import type { RemoteInfo, Socket } from 'node:dgram'
import { plainAddress } from '../../lib/ip.ts'
import type { ClusterName } from '../../model/cluster.ts'
import type { Layer4PortSpec } from '../../model/layer4-port.ts'
import type { ProxySettings } from '../../model/settings.ts'
import type { Deadlines } from '../deadlines.ts'
import type { EndpointSource } from '../types.ts'
import { askingOf } from './asking.ts'
import { datagramSocket, isCongested } from './datagrams.ts'
import type { Passages } from './passages.ts'
import type { UdpCounts } from './udp-counts.ts'
import { UdpSession } from './udp-session.ts'

/** While the proxy drains: a client that was silent for so long has its answer. */
const DRAINING_IDLE_MS = 5_000

export interface UdpPortHost {
  readonly deadlines: Deadlines
  readonly passages: Passages
  readonly counts: UdpCounts
  settings(): ProxySettings
  cluster(name: ClusterName): EndpointSource
  /** Monotonic milliseconds. */
  now(): number
}

export class UdpPort {
  readonly #host: UdpPortHost
  /** As it is asked for now. */
  readonly #spec: () => Layer4PortSpec
  /** By address and port of the client. Bounded by `limits.udpSessions`. */
  readonly #sessions = new Map<string, UdpSession>()
  #socket: Socket | undefined
  #isDraining = false
  #onEmpty: (() => void) | undefined

  constructor(host: UdpPortHost, spec: () => Layer4PortSpec) {
    this.#host = host
    this.#spec = spec
  }

  /** Rejects where the port cannot be had. */
  listen(host: string, reusePort: boolean): Promise<void> {
    const socket = datagramSocket(host, reusePort)
    this.#socket = socket
    this.#host.counts.used()
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => {
        this.#socket = undefined
        socket.close()
        reject(error)
      }
      socket.once('error', failed)
      socket.bind(this.#spec().port, host, () => {
        socket.off('error', failed)
        // What one client's host says of a datagram to it says nothing of the others.
        socket.on('error', () => {})
        socket.on('message', (datagram, from) => this.#received(datagram, from))
        resolve()
      })
    })
  }

  /** Whether there is no session. */
  get isEmpty(): boolean {
    return this.#sessions.size === 0
  }

  /** Takes no more clients; those that there are end after a short silence. `cut` ends them at once. */
  close(): { readonly empty: Promise<void>; readonly cut: () => void } {
    this.#isDraining = true
    for (const session of this.#sessions.values()) session.hurry()
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve
      this.#closeIfEmpty()
    })
    return {
      empty,
      cut: () => {
        for (const session of [...this.#sessions.values()]) session.end()
      },
    }
  }

  #received(datagram: Buffer, from: RemoteInfo): void {
    const key = `${from.address} ${from.port}`
    if (this.#sessions.get(key)?.isStranded === true) this.#sessions.get(key)?.end()
    const session = this.#sessions.get(key) ?? this.#begin(key, from)
    session?.received(datagram)
  }

  #begin(key: string, from: RemoteInfo): UdpSession | undefined {
    const { counts, deadlines, passages } = this.#host
    const { udpSessions: most } = this.#host.settings().limits
    if (this.#isDraining || (most > 0 && counts.sessions >= most)) return void counts.dropped('sessions')
    const { cluster, port } = this.#spec()
    const clientAddress = plainAddress(from.address)
    const endpoint = this.#host.cluster(cluster).acquire(askingOf(clientAddress, ''), undefined)
    if (endpoint === undefined) return void counts.dropped('no-endpoint')
    const startedAt = this.#host.now()
    counts.sessions++
    const session = new UdpSession({
      ...{ endpoint, deadlines, now: () => this.#host.now() },
      idleMs: () => this.#idleMs(),
      answer: (answer) => this.#answer(answer, from),
      dropped: (reason) => counts.dropped(reason),
      closed: (end) => {
        this.#sessions.delete(key)
        counts.sessions--
        passages.over({ protocol: 'UDP', clientAddress, host: '', port, cluster, startedAt, attempts: 1, ...end })
        if (this.#isDraining) this.#closeIfEmpty()
      },
    })
    // Where no socket could be had, it is over at once.
    if (session.isOver) return undefined
    this.#sessions.set(key, session)
    return session
  }

  #answer(datagram: Buffer, { address, port }: RemoteInfo): void {
    // It has named none to answer to (RFC 768).
    if (port === 0) return
    const socket = this.#socket!
    if (isCongested(socket)) return this.#host.counts.dropped('queue')
    socket.send(datagram, port, address, () => {})
  }

  #idleMs(): number {
    const { udpIdleMs } = this.#host.settings().timeouts
    if (!this.#isDraining) return udpIdleMs
    return udpIdleMs === 0 ? DRAINING_IDLE_MS : Math.min(udpIdleMs, DRAINING_IDLE_MS)
  }

  #closeIfEmpty(): void {
    if (this.#sessions.size > 0) return
    this.#socket?.close()
    this.#socket = undefined
    this.#onEmpty?.()
  }
}
