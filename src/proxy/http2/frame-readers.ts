/**
 * Readers that stand between two frames, of all connections of this thread: most reads end where a frame does, so that one
 * reader, always in the processor's caches, serves nearly all connections.
 */
import { FrameReader, type FrameSink } from './frame-reader.ts'

const MOST = 16
const stock: FrameReader[] = []
/** Whom a reader serves that is not at work: it must not keep a connection alive that is gone. */
const NOBODY: FrameSink = {
  stopped: true,
  head: () => false,
  data: () => {},
  dataEnd: () => {},
  payload: () => {},
  unreadable: () => {},
}

/**
 * Reads `bytes[start, end)`.
 * @param begun the reader of a frame that has begun on this connection, as the last call returned it.
 */
export function readFrames(
  begun: FrameReader | undefined,
  sink: FrameSink,
  bytes: Buffer,
  start: number,
  end: number,
): FrameReader | undefined {
  if (sink.stopped) return begun
  const reader = begun ?? stock.pop() ?? new FrameReader(sink)
  reader.serve(sink)
  reader.take(bytes, start, end)
  if (sink.stopped || reader.isInFrame) return reader
  if (stock.length < MOST) {
    reader.serve(NOBODY)
    stock.push(reader)
  }
  return undefined
}
