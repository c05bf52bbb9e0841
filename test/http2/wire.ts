/** Ties a connection to a socket, as plainly as it can be done: for tests against other implementations. */
import type { Socket } from 'node:net'
import { ERROR_CODES } from '../../src/proxy/http2/errors.ts'

/** What both sides have in common. */
interface Wired {
  readonly isOver: boolean
  output(): Buffer
  written(taken: boolean): void
  abandon(code: number, violation: undefined): void
  receive(bytes: Buffer, start: number, end: number, now: number): void
}

/** @returns what to call once a turn has made output. */
export function tie(socket: Socket, connection: Wired): () => void {
  const flush = (): void => {
    while (socket.writableLength === 0 && connection.output().length > 0) {
      socket.write(Buffer.from(connection.output()))
      connection.written(true)
    }
    if (connection.isOver && connection.output().length === 0) socket.end()
  }
  socket.on('data', (bytes: Buffer) => {
    connection.receive(bytes, 0, bytes.length, 0)
    flush()
  })
  socket.on('drain', flush)
  socket.on('error', () => socket.destroy())
  socket.on('close', () => connection.abandon(ERROR_CODES.CANCEL, undefined))
  flush()
  return flush
}
