/** HTTP/2 on a socket that was opened for it, which reads into the buffer that all connections of a worker share. */
import type { Socket } from 'node:net'
import { adopt } from './adopt.ts'
import { HIGH_WATER_MARK } from './client-socket.ts'
import { H2Downstream } from './h2.ts'
import type { Accepted, DownstreamHost } from './host.ts'

export function openH2(accepted: Socket, host: DownstreamHost, init: Accepted<H2Downstream>): H2Downstream {
  const { shared } = host.space
  const received = (bytes: number): boolean => {
    connection.received(shared, 0, bytes)
    return true
  }
  const adopted = adopt(accepted, { highWaterMark: HIGH_WATER_MARK, buffer: shared, received })
  const connection = new H2Downstream(adopted ?? accepted, host, { ...init, volatile: adopted !== undefined })
  return connection
}
