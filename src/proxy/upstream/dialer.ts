/** How connections to the endpoints of one cluster are opened. */
import { connect, type Socket } from 'node:net'
import type { EndpointSpec } from '../../model/cluster.ts'

/** Where bytes that arrive are put, and who is told of them: see `onread` of `net.connect`. */
export interface Reads {
  /** The buffer for the next read; undefined to stay with the last one. */
  readonly buffer: () => Buffer | undefined
  /** The first `bytes` of it were read. @returns false to stop reading. */
  readonly received: (bytes: number) => boolean
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
  dial(endpoint: EndpointSpec, reads: Reads, memory: SessionMemory): Socket
}

export const TCP: Dialer = {
  scheme: 'http',
  ready: 'connect',
  slack: 0,
  dial: ({ address, port }, { buffer, received }) =>
    connect({
      host: address,
      port,
      noDelay: true,
      allowHalfOpen: true,
      onread: { buffer: () => buffer()!, callback: received },
    }),
}
