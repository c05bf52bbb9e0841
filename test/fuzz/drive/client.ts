/** One client connection: sends its bytes in pieces, receives what comes, in one of several manners. */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

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
  /** Whether the proxy ended the connection while the client had not. */
  readonly byProxy: boolean
}

/** Nothing here takes that long unless it never comes, also where the machine has much else to do. */
const PATIENCE_MS = 30_000
const SLOW_MS = 50
/** Reading much text after every piece of it takes too long: it is read once no more comes. */
const MUCH = 100_000
const SOON_MS = 5

export function talk({ port, pieces, manner, satisfied }: Talk): Promise<Heard> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
    let text = ''
    let sent = false
    let soon: NodeJS.Timeout | undefined
    let ended = false
    let byProxy = false
    let end: Heard['end'] = 'broken'
    const timer = setTimeout(() => {
      end = 'never'
      socket.destroy()
    }, PATIENCE_MS)
    const finish = (): void => {
      if (!sent || !(manner === 'hasty' || satisfied(text))) return
      ended = true
      socket.end()
    }
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (text.length < MUCH) return finish()
      clearTimeout(soon)
      soon = setTimeout(finish, SOON_MS)
    })
    socket.on('end', () => {
      end = 'clean'
      byProxy = !ended
      socket.end()
    })
    socket.on('error', () => {
      if (end !== 'never') end = 'broken'
    })
    socket.on('close', () => {
      clearTimeout(timer)
      clearTimeout(soon)
      resolve({ text, end, byProxy })
    })
    const write = async (): Promise<void> => {
      if (manner === 'slow') socket.pause()
      const most = manner === 'rude' ? Math.ceil(pieces.length / 2) : pieces.length
      for (const piece of pieces.slice(0, most)) {
        if (socket.destroyed) return
        socket.write(piece)
        await new Promise(setImmediate)
      }
      if (manner === 'slow') await sleep(SLOW_MS)
      socket.resume()
      if (manner === 'rude') socket.destroy()
      sent = true
      finish()
    }
    write()
  })
}
