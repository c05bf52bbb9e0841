/**
 * Gives an accepted socket a read buffer of ours. `net.connect` takes one (its `onread` option), a listening server
 * does not: every read of an accepted socket makes a buffer of 64 KiB, shrinks it and leaves it to the garbage
 * collector, which is the largest single cost of a small request next to the system calls (docs/performance.md).
 *
 * The one place that touches private parts of Node. The handle of a plain socket moves into a socket made with the
 * public `onread` option, by the `handle` option that net.Server itself uses. A TLS socket stays what it is, since more
 * than its handle belongs to it, and is told what that option would have told it. Where Node has changed and the parts
 * are not there, `adopt` says so and the caller listens for 'data' as anybody does.
 */
import { Socket } from 'node:net'
import { isEncrypted } from '../output.ts'

export interface Adoption {
  readonly highWaterMark: number
  /** For all reads; or asked at the start and after every read for the next one, undefined to stay with the last. */
  readonly buffer: Buffer | (() => Buffer | undefined)
  /**
   * The first `bytes` of that buffer were read. By TLS a few more reads follow after a pause: what one read of the
   * kernel brought is decrypted to its end, at most 16 KiB at a time.
   * @returns false to stop reading.
   */
  readonly received: (bytes: number) => boolean
}

interface PrivateParts {
  _handle: { readonly useUserBuffer?: (buffer: Buffer) => void } | null | undefined
}

/** Where a socket keeps its `onread` option, as Node names them: the buffer, what gives the next one, and who is told. */
const SLOTS = ['kBuffer', 'kBufferGen', 'kBufferCb'] as const
let slots: readonly symbol[] = []

/** @returns the socket to use instead of `accepted`, or undefined where that cannot be done. */
export function adopt(accepted: Socket, adoption: Adoption): Socket | undefined {
  return isEncrypted(accepted) ? tell(accepted, adoption) : move(accepted, adoption)
}

function move(accepted: Socket, { highWaterMark, buffer, received }: Adoption): Socket | undefined {
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

function tell(socket: Socket, { buffer, received }: Adoption): Socket | undefined {
  // Nothing but a reader of 'data' would get what has been decrypted already.
  if (socket.readableLength > 0) return undefined
  const handle = (socket as unknown as PrivateParts)._handle
  if (slots.length === 0) slots = slotsOf(socket)
  if (slots.length === 0 || typeof handle?.useUserBuffer !== 'function') return undefined
  const first = typeof buffer === 'function' ? buffer()! : buffer
  const values = [first, typeof buffer === 'function' ? buffer : null, received]
  for (const [i, slot] of slots.entries()) Reflect.set(socket, slot, values[i])
  handle.useUserBuffer(first)
  socket.resume()
  return socket
}

/** In the order of their names; none where one is missing. */
function slotsOf(socket: Socket): symbol[] {
  const own = Object.getOwnPropertySymbols(socket)
  const found = SLOTS.flatMap((name) => own.filter(({ description }) => description === name))
  return found.length === SLOTS.length ? found : []
}
