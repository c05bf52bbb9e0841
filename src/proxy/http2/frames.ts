/** Frame types and their rules (RFC 9113 section 6), and how frames are written. */
import type { Violation } from './errors.ts'
import type { WriteBuffer } from './write-buffer.ts'

export const FRAME = {
  data: 0x0,
  headers: 0x1,
  priority: 0x2,
  rstStream: 0x3,
  settings: 0x4,
  pushPromise: 0x5,
  ping: 0x6,
  goaway: 0x7,
  windowUpdate: 0x8,
  continuation: 0x9,
  /** RFC 9218 section 7.1. */
  priorityUpdate: 0x10,
} as const

export const FLAG = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const

export const FRAME_HEAD_BYTES = 9
/** Every endpoint takes frames of this size (section 4.2); we ask for no larger ones. */
export const MAX_FRAME_BYTES = 16_384
export const MAX_WINDOW = 0x7fffffff
export const MAX_STREAM_ID = 0x7fffffff

interface FrameRule {
  /** Where it belongs: on a stream, on the connection (stream 0), or on both. */
  readonly on: 'stream' | 'connection' | 'both'
  readonly minBytes: number
  readonly maxBytes: number
  readonly wrongLength: Violation
}

const rule = (on: FrameRule['on'], minBytes = 0, maxBytes = MAX_FRAME_BYTES): FrameRule => ({
  on,
  minBytes,
  maxBytes,
  wrongLength: 'frame-length',
})

/** Rules by type; types that are not here are ignored (section 5.5). */
const RULES: readonly (FrameRule | undefined)[] = (() => {
  const rules: (FrameRule | undefined)[] = new Array(FRAME.priorityUpdate + 1).fill(undefined)
  rules[FRAME.data] = rule('stream')
  rules[FRAME.headers] = rule('stream')
  rules[FRAME.priority] = { ...rule('stream', 5, 5), wrongLength: 'priority-length' }
  rules[FRAME.rstStream] = rule('stream', 4, 4)
  rules[FRAME.settings] = rule('connection')
  rules[FRAME.pushPromise] = rule('stream', 4)
  rules[FRAME.ping] = rule('connection', 8, 8)
  rules[FRAME.goaway] = rule('connection', 8)
  rules[FRAME.windowUpdate] = rule('both', 4, 4)
  rules[FRAME.continuation] = rule('stream')
  rules[FRAME.priorityUpdate] = rule('connection', 4)
  return rules
})()

export interface FrameHead {
  readonly type: number
  readonly flags: number
  readonly stream: number
}

/**
 * Nothing comes between the frames of a header block (section 6.10), and nothing before SETTINGS (section 3.4).
 * @param block the stream whose block is under way; 0 for none.
 * @param hasSettings whether the peer's SETTINGS have come.
 */
export function orderFault(
  { type, stream, flags }: FrameHead,
  block: number,
  hasSettings: boolean,
): Violation | undefined {
  if (block !== 0) return type === FRAME.continuation && stream === block ? undefined : 'block-interrupted'
  if (type === FRAME.continuation) return 'stray-continuation'
  return hasSettings || (type === FRAME.settings && (flags & FLAG.ack) === 0) ? undefined : 'bad-preface'
}

/** What is wrong with the head of a frame by itself, if anything. */
export function frameFault(type: number, length: number, stream: number): Violation | undefined {
  if (length > MAX_FRAME_BYTES) return 'frame-too-long'
  const known = RULES[type]
  if (known === undefined) return undefined
  if (known.on !== 'both' && (stream === 0) !== (known.on === 'connection')) return 'frame-stream'
  return length < known.minBytes || length > known.maxBytes ? known.wrongLength : undefined
}

/** Nine bytes; the caller writes the payload of that length behind them. */
export function writeFrameHead(out: WriteBuffer, length: number, { type, flags, stream }: FrameHead): void {
  out.reserve(FRAME_HEAD_BYTES + length)
  putFrameHead(out.bytes, out.length, length, type, flags, stream)
  out.length += FRAME_HEAD_BYTES
}

// Six numbers instead of an object: this runs for every frame.
function putFrameHead(bytes: Buffer, at: number, length: number, type: number, flags: number, stream: number): void {
  bytes[at] = length >>> 16
  bytes[at + 1] = length >>> 8
  bytes[at + 2] = length
  bytes[at + 3] = type
  bytes[at + 4] = flags
  bytes[at + 5] = stream >>> 24
  bytes[at + 6] = stream >>> 16
  bytes[at + 7] = stream >>> 8
  bytes[at + 8] = stream
}

export function writeData(
  out: WriteBuffer,
  stream: number,
  body: Buffer,
  start: number,
  end: number,
  last: boolean,
): void {
  out.reserve(FRAME_HEAD_BYTES + end - start)
  putFrameHead(out.bytes, out.length, end - start, FRAME.data, last ? FLAG.endStream : 0, stream)
  out.length += FRAME_HEAD_BYTES
  if (end > start) out.length += body.copy(out.bytes, out.length, start, end)
}

export function writeRstStream(out: WriteBuffer, stream: number, code: number): void {
  writeFrameHead(out, 4, { type: FRAME.rstStream, flags: 0, stream })
  out.uint32(code)
}

export function writeWindowUpdate(out: WriteBuffer, stream: number, increment: number): void {
  out.reserve(FRAME_HEAD_BYTES + 4)
  putFrameHead(out.bytes, out.length, 4, FRAME.windowUpdate, 0, stream)
  out.length += FRAME_HEAD_BYTES
  out.uint32(increment)
}

/** @param settings identifiers and values. */
export function writeSettings(out: WriteBuffer, settings: readonly (readonly [id: number, value: number])[]): void {
  writeFrameHead(out, settings.length * 6, { type: FRAME.settings, flags: 0, stream: 0 })
  for (const [id, value] of settings) {
    out.uint16(id)
    out.uint32(value)
  }
}

export function writeSettingsAck(out: WriteBuffer): void {
  writeFrameHead(out, 0, { type: FRAME.settings, flags: FLAG.ack, stream: 0 })
}

/** @param payload eight bytes from `start` on. */
export function writePing(out: WriteBuffer, payload: Buffer, start: number, ack: boolean): void {
  writeFrameHead(out, 8, { type: FRAME.ping, flags: ack ? FLAG.ack : 0, stream: 0 })
  out.copy(payload, start, start + 8)
}

/** @param reason a few words for whoever reads traces of the other side, ASCII. */
export function writeGoaway(out: WriteBuffer, lastStream: number, code: number, reason: string): void {
  writeFrameHead(out, 8 + reason.length, { type: FRAME.goaway, flags: 0, stream: 0 })
  out.uint32(lastStream)
  out.uint32(code)
  out.length += out.bytes.write(reason, out.length, 'latin1')
}

/** A header block that stands in the buffer from `start + 9` on. */
export interface HeaderBlockFrame {
  readonly start: number
  readonly stream: number
  readonly endStream: boolean
  /** Longest payload that the peer takes. */
  readonly most: number
}

/** Makes it a HEADERS frame, with CONTINUATION frames behind it where it is longer than the peer's frames may be. */
export function closeHeaderBlock(out: WriteBuffer, { start, stream, endStream, most }: HeaderBlockFrame): void {
  const length = out.length - start - FRAME_HEAD_BYTES
  const end = endStream ? FLAG.endStream : 0
  if (length <= most) return putFrameHead(out.bytes, start, length, FRAME.headers, end | FLAG.endHeaders, stream)
  const block = Buffer.from(out.bytes.subarray(start + FRAME_HEAD_BYTES, out.length))
  out.length = start
  for (let at = 0; at < length; at += most) {
    const size = Math.min(most, length - at)
    const type = at === 0 ? FRAME.headers : FRAME.continuation
    const flags = (at === 0 ? end : 0) | (at + size === length ? FLAG.endHeaders : 0)
    writeFrameHead(out, size, { type, flags, stream })
    out.copy(block, at, at + size)
  }
}
