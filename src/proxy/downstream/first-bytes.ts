/** Reads what a connection begins with until it can be judged; what is not used of it is in the socket again. */
import type { Socket } from 'node:net'

export type Judgement<T> =
  /** So many bytes at least, from the first one on. */
  { readonly needs: number } | { readonly found: T; readonly used: number }

/**
 * @param judge given all bytes so far; bounds by its answers how many that can be.
 * @param found runs once, unless the connection ends before.
 */
export function readFirst<T>(socket: Socket, judge: (bytes: Buffer) => Judgement<T>, found: (value: T) => void): void {
  let parts: Buffer[] = []
  let have = 0
  let needs = 1
  let over = false
  const read = (): void => {
    if (over) return
    for (let part = socket.read() as Buffer | null; part !== null; part = socket.read() as Buffer | null) {
      parts.push(part)
      have += part.length
    }
    if (have < needs) return
    const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
    const judged = judge(bytes)
    if ('needs' in judged) {
      parts = [bytes]
      needs = judged.needs
      return
    }
    over = true
    socket.off('readable', read)
    if (judged.used < have) socket.unshift(bytes.subarray(judged.used))
    found(judged.found)
  }
  socket.on('readable', read)
  // What somebody has put back a moment ago is not told again.
  if (socket.readableLength > 0) process.nextTick(read)
}
