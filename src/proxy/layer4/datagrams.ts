/** Sockets for datagrams whose addresses are never names. */
import { createSocket, type Socket } from 'node:dgram'

/** Bytes that one socket has yet to send. A kernel that takes no more loses datagrams, and so do we. */
const MOST_QUEUED = 1024 * 1024

type Lookup = (
  address: string,
  family: unknown,
  done: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
) => void

const asItIs: Lookup = (address, _, done) => done(null, address, address.includes(':') ? 6 : 4)

/** @param address that it is bound to or sends to: of which family it is. */
export function datagramSocket(address: string, reusePort: boolean): Socket {
  return createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', reusePort, lookup: asItIs })
}

/** Whether too much waits in it for another datagram. */
export function isCongested(socket: Socket): boolean {
  return socket.getSendQueueSize() > MOST_QUEUED
}
