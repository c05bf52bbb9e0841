/** How connections to the endpoints of one cluster are opened. */
import { connect, type OnReadOpts, type Socket } from 'node:net'
import type { EndpointSpec } from '../../model/cluster.ts'

/**
 * Where bytes that arrive are put, and who is told of them: see `onread` of `net.connect`. By TLS a few more reads follow
 * after one that was to be the last: what one read of the kernel brought is decrypted to its end.
 */
export interface Reads {
  /** The buffer for the next read; undefined to stay with the last one. */
  readonly buffer: () => Buffer | undefined
  /** The first `bytes` of a buffer were read. @returns false to stop reading. */
  readonly received: (bytes: number, buffer: Buffer) => boolean
}

/** What one pool remembers of the TLS sessions with its endpoint, so that the next handshake is a short one. */
export interface SessionMemory {
  session: Buffer | undefined
}

export interface Dialer {
  readonly scheme: 'http' | 'https'
  /** The event of a socket with which it begins to take requests. */
  readonly ready: 'connect' | 'secureConnect'
  /** See `Output`. */
  readonly slack: number
  dial(endpoint: EndpointSpec, how: DialOptions): Socket
}

export interface DialOptions {
  /** Without them, whoever wants the bytes listens to the socket. */
  readonly reads: Reads | undefined
  readonly memory: SessionMemory
  /** Comes first, in clear text; nothing where it is absent. */
  readonly preface: Buffer | undefined
}

export const TCP: Dialer = {
  scheme: 'http',
  ready: 'connect',
  slack: 0,
  dial: ({ address: host, port }, { reads, preface }) => {
    const socket = connect({ host, port, noDelay: true, allowHalfOpen: true, ...onread(reads) })
    if (preface !== undefined) socket.write(preface)
    return socket
  },
}

/** Who opens sockets to one endpoint. */
export interface Dialing {
  readonly dialer: Pick<Dialer, 'scheme'>
  dial(reads: Reads | undefined): Socket
}

/**
 * Opens a socket of which nothing more is read once `received` has returned false, until it is resumed: by TLS each read
 * brings a buffer of its own.
 */
export function dialStoppable(dialing: Dialing, reads: Reads): Socket {
  if (dialing.dialer.scheme === 'http') return dialing.dial(reads)
  const socket = dialing.dial(undefined)
  socket.on('data', (chunk: Buffer) => {
    if (!reads.received(chunk.length, chunk)) socket.pause()
  })
  return socket
}

/** The option of a socket for reads into buffers of ours. */
export function onread(reads: Reads | undefined): { onread?: OnReadOpts } {
  if (reads === undefined) return {}
  // As they are: one more function around them would be called for every read.
  return { onread: { buffer: reads.buffer as () => Buffer, callback: reads.received as OnReadOpts['callback'] } }
}
