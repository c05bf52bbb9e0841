/**
 * Gives an accepted socket a read buffer of ours. `net.connect` takes one (its `onread` option), a listening server
 * does not: every read of an accepted socket makes a buffer of 64 KiB, shrinks it and leaves it to the garbage
 * collector, which is the largest single cost of a small request next to the system calls (docs/performance.md).
 *
 * The one place that touches a private part of Node: the handle of the accepted socket moves into a socket made with
 * the public `onread` option, by the `handle` option that net.Server itself uses. Where Node has changed and the parts
 * are not there, `adopt` says so and the caller listens for 'data' as anybody does.
 */
import { Socket } from 'node:net'
import { isEncrypted } from '../output.ts'

export interface Adoption {
  readonly highWaterMark: number
  /** Asked at the start and after every read: the buffer for the next one, undefined to stay with the last one. */
  readonly buffer: () => Buffer | undefined
  /** The first `bytes` of that buffer were read. @returns false to stop reading. */
  readonly received: (bytes: number) => boolean
}

interface PrivateParts {
  _handle: { readonly useUserBuffer?: unknown } | null | undefined
}

/** @returns the socket to use instead of `accepted`, or undefined where that cannot be done. */
export function adopt(accepted: Socket, { highWaterMark, buffer, received }: Adoption): Socket | undefined {
  // A TLS socket gives out buffers as large as what it decrypted: there is nothing to gain.
  if (isEncrypted(accepted)) return undefined
  // What was read already would be left behind.
  if (accepted.bytesRead > 0) return undefined
  const parts = accepted as unknown as PrivateParts
  const handle = parts._handle
  if (typeof handle?.useUserBuffer !== 'function') return undefined
  parts._handle = null
  const options = { handle, allowHalfOpen: true, highWaterMark, onread: { buffer, callback: received } }
  const socket = new Socket(options as unknown as ConstructorParameters<typeof Socket>[0])
  // Without its handle this only tells the server that the connection is not its any more.
  accepted.destroy()
  socket.resume()
  return socket
}
