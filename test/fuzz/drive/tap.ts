/** A socket that takes everything at once and keeps it, so that output can be judged without a network. */
import type { Socket } from 'node:net'
import { Output } from '../../../src/proxy/output.ts'

export class Tap {
  /** Everything written so far, as Latin-1. */
  written = ''
  readonly output: Output

  constructor() {
    const socket = {
      writableLength: 0,
      write: (data: string | Uint8Array, _encoding?: string, done?: () => void): boolean => {
        this.written += typeof data === 'string' ? data : Buffer.from(data).toString('latin1')
        done?.()
        return true
      },
      cork: (): void => {},
      uncork: (): void => {},
    }
    this.output = new Output(socket as unknown as Socket)
  }
}
