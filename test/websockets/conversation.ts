/** One WebSocket from its handshake to its end, as a script for the client. */
import type { FrameSpec } from './frames.ts'
import { frame } from './frames.ts'

export type Step =
  /** All at once, or in pieces of so many bytes. */
  | { readonly send: Buffer; readonly inPieces?: number }
  /** Waits until so many frames have come in all. */
  | { readonly until: number }
  /** The client ends its half. */
  | 'end'

export interface Conversation {
  readonly name: string
  readonly steps: readonly Step[]
  /** Sent with the handshake, before the answer to it is known. */
  readonly early?: Buffer
  /** What the server says first, in one write with its answer to the handshake; not by the book, if need be. */
  readonly greeting?: Buffer
  /** Fields of the handshake beside those that every one has. */
  readonly offer?: Readonly<Record<string, string>>
  /** Code of the close frame that the client gets; 0 for one without, `none` for no close frame. */
  readonly code: number | 'none'
}

/** Frames, one behind the other. */
export function frames(...specs: readonly FrameSpec[]): Buffer {
  return Buffer.concat(specs.map(frame))
}

/** A letter after the other: a piece in the wrong place shows. */
export function letters(length: number): string {
  return 'abcdefghijklmnopqrstuvwxyz-'.repeat(Math.ceil(length / 27)).slice(0, length)
}
