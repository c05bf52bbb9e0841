/** One client connection: sends its bytes in pieces, receives what comes, in one of several manners. */
import { connect } from 'node:net'

/**
 * `patient` ends its side when it has what it waits for, `hasty` as soon as everything is sent; `rude` is gone in the
 * middle; `slow` lets its answers wait.
 */
export type Manner = 'patient' | 'hasty' | 'rude' | 'slow'

export interface Talk {
  readonly port: number
  readonly pieces: readonly Buffer[]
  readonly manner: Manner
  /** Whether nothing more is to be expected while both sides are open. */
  satisfied(received: string): boolean
}

export interface Heard {
  readonly text: string
  /** `clean` by FIN, `broken` by anything else, `never` where nothing happened for too long. */
  readonly end: 'clean' | 'broken' | 'never'
}

/** Nothing here takes that long unless it never comes. */
const PATIENCE_MS = 5_000
const SLOW_TURNS = 20

export function talk({ port, pieces, manner, satisfied }: Talk): Promise<Heard> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
    let text = ''
    let sent = false
    let end: Heard['end'] = 'broken'
    const timer = setTimeout(() => {
      end = 'never'
      socket.destroy()
    }, PATIENCE_MS)
    const finish = (): void => {
      if (sent && (manner === 'hasty' || satisfied(text))) socket.end()
    }
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      finish()
    })
    socket.on('end', () => {
      end = 'clean'
      socket.end()
    })
    socket.on('error', () => {
      if (end !== 'never') end = 'broken'
    })
    socket.on('close', () => {
      clearTimeout(timer)
      resolve({ text, end })
    })
    const write = async (): Promise<void> => {
      if (manner === 'slow') socket.pause()
      const most = manner === 'rude' ? Math.ceil(pieces.length / 2) : pieces.length
      for (const piece of pieces.slice(0, most)) {
        if (socket.destroyed) return
        socket.write(piece)
        await new Promise(setImmediate)
      }
      for (let turn = 0; manner === 'slow' && turn < SLOW_TURNS; turn++) await new Promise(setImmediate)
      socket.resume()
      if (manner === 'rude') socket.destroy()
      sent = true
      finish()
    }
    write()
  })
}
