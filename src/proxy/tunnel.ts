/**
 * One side of an upgraded connection (RFC 9110 section 7.8): bytes pass as they are, each side waits while the other
 * cannot take more, an end on one side is passed on to the other.
 */
import type { Socket } from 'node:net'
import type { Output } from './output.ts'
import type { TunnelEnd } from './types.ts'

export interface TunnelSideInit {
  readonly socket: Socket
  readonly output: Output
  /** Something passed: the idle time starts anew. */
  readonly touch: () => void
  /** Closes this side's connection. */
  readonly destroy: () => void
}

export class TunnelSide implements TunnelEnd {
  readonly #init: TunnelSideInit
  #peer: TunnelEnd | undefined

  constructor(init: TunnelSideInit) {
    this.#init = init
  }

  join(peer: TunnelEnd): void {
    this.#peer = peer
  }

  /** Bytes arrived on this side's socket; false to stop reading. */
  received(buffer: Buffer, start: number, end: number): boolean {
    this.#init.touch()
    return this.#peer?.write(buffer, start, end) ?? false
  }

  /** This side's socket has sent its last byte. */
  ended(): void {
    this.#peer?.end()
  }

  /** This side is over, and with it the other one. */
  close(): void {
    this.#init.destroy()
    this.#peer?.destroy()
  }

  write(buffer: Buffer, start: number, end: number): boolean {
    const { output, touch } = this.#init
    touch()
    output.bytes(buffer, start, end)
    if (output.flush()) return true
    output.whenClear(() => this.#peer?.resume())
    return false
  }

  resume(): void {
    this.#init.socket.resume()
  }

  end(): void {
    this.#init.socket.end()
  }

  destroy(): void {
    this.#init.destroy()
  }
}
