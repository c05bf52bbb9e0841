/** The seam between a connection and its side of it. */
import type { Violation } from './errors.ts'
import type { FieldBlock } from './field-block.ts'
import type { Stream, StreamSink } from './stream.ts'

/** What a server and a client do differently. */
export interface Side<Sink extends StreamSink> {
  readonly isServer: boolean
  readonly settings: readonly (readonly [id: number, value: number])[]
  /** A header block came, for a live stream that may still get one. */
  block(stream: Stream<Sink>, block: FieldBlock, ended: boolean): void
  /** A header block came for a stream that is not there. */
  newBlock(id: number, block: FieldBlock, ended: boolean): void
  /** The peer takes no streams above that one any more. */
  goaway(lastStream: number, code: number): void
  /** For counting and logging. */
  violated(violation: Violation, detail: string): void
}
