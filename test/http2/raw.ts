/** The other side of a connection, frame by frame, for tests that have to break rules. */
import { FLAG, FRAME } from '../../src/proxy/http2/frames.ts'
import { HpackDecoder } from '../../src/proxy/http2/hpack/decoder.ts'
import { PREFACE } from '../../src/proxy/http2/preface.ts'

export type Pairs = readonly (readonly [name: string, value: string])[]

export interface RawFrame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

export function frame(type: number, flags: number, stream: number, payload: Buffer | string = ''): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload
  const head = Buffer.alloc(9)
  head.writeUIntBE(body.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream >>> 0, 5)
  return Buffer.concat([head, body])
}

export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, i * 4)
  return bytes
}

export function setting(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(6)
  bytes.writeUInt16BE(id, 0)
  bytes.writeUInt32BE(value >>> 0, 2)
  return bytes
}

export const settings = (...entries: readonly Buffer[]): Buffer => frame(FRAME.settings, 0, 0, Buffer.concat(entries))
export const HELLO = Buffer.concat([PREFACE, settings()])
export const GET: Pairs = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'a.test'],
]
export const POST: Pairs = [[':method', 'POST'], ...GET.slice(1)]

/** Fields spelled out, without any table: whatever the names and values are. */
export function literals(pairs: Pairs): Buffer {
  const out: Buffer[] = []
  for (const [name, value] of pairs) out.push(Buffer.from([0]), plain(name), plain(value))
  return Buffer.concat(out)
}

function plain(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes])
  const rest = bytes.length - 127
  const length = [
    127,
    ...(rest < 128
      ? [rest]
      : rest < 16_384
        ? [(rest & 127) | 128, rest >> 7]
        : [(rest & 127) | 128, ((rest >> 7) & 127) | 128, rest >> 14]),
  ]
  return Buffer.concat([Buffer.from(length), bytes])
}

/** A whole header block in one frame. @param flags beside END_HEADERS. */
export function headers(stream: number, pairs: Pairs, flags: number = FLAG.endStream): Buffer {
  return frame(FRAME.headers, FLAG.endHeaders | flags, stream, literals(pairs))
}

/** Cuts output into frames; throws where it ends in the middle of one. */
export function framesOf(bytes: Buffer): RawFrame[] {
  const frames: RawFrame[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUIntBE(at, 3)
    if (at + 9 + length > bytes.length) throw new Error('output ends within a frame')
    const payload = bytes.subarray(at + 9, at + 9 + length)
    frames.push({ type: bytes[at + 3]!, flags: bytes[at + 4]!, stream: bytes.readUInt32BE(at + 5), payload })
    at += 9 + length
  }
  return frames
}

/** Decodes the header blocks that a connection sends, in order. */
export class BlockReader {
  readonly #decoder = new HpackDecoder()

  read(payload: Buffer): string[] {
    const lines: string[] = []
    const whole = this.#decoder.decode(payload, 0, payload.length, {
      add: ({ line }) => lines.push(line.slice(0, -2)) > 0,
    })
    if (!whole) throw new Error('bad header block')
    return lines
  }
}
