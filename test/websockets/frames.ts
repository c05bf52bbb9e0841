/** Frames of WebSockets (RFC 6455 section 5.2), right ones and wrong ones: what a test asks for is what is written. */

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

const FIN = 0x80
const MASKED = 0x80
const MASK_BYTES = 4
/** Any will do: the proxy is not to look at it. */
const KEY = 0x37fa213d

export interface FrameSpec {
  readonly opcode: number
  /** Text as UTF-8. */
  readonly payload?: Buffer | string
  readonly fin?: boolean
  /** The three reserved bits as a number, 0 to 7. */
  readonly rsv?: number
  /** `none` for frames as servers send them. */
  readonly key?: number | 'none'
  /** Bytes of the length field behind the second byte; as few as it takes without this. */
  readonly wide?: 2 | 8
}

/** A frame as a client sends it, unless the key says otherwise. */
export function frame({ opcode, payload = '', fin = true, rsv = 0, key = KEY, wide }: FrameSpec): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
  const field = wide ?? (bytes.length < 126 ? 0 : bytes.length < 65_536 ? 2 : 8)
  const head = Buffer.alloc(2 + field)
  head[0] = (fin ? FIN : 0) | (rsv << 4) | opcode
  head[1] = (key === 'none' ? 0 : MASKED) | (field === 0 ? bytes.length : field === 2 ? 126 : 127)
  if (field === 2) head.writeUInt16BE(bytes.length, 2)
  if (field === 8) head.writeBigUInt64BE(BigInt(bytes.length), 2)
  if (key === 'none') return Buffer.concat([head, bytes])
  const mask = Buffer.alloc(MASK_BYTES)
  mask.writeUInt32BE(key)
  return Buffer.concat([head, mask, masked(bytes, mask)])
}

/** A close frame with a code, or with any payload. */
export function close(payload: number | Buffer = 1000, reason: Buffer | string = ''): Buffer {
  if (typeof payload !== 'number') return frame({ opcode: OPCODE.close, payload })
  return frame({ opcode: OPCODE.close, payload: Buffer.concat([uint16(payload), Buffer.from(reason)]) })
}

export function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff])
}

export interface Frame {
  readonly fin: boolean
  readonly rsv: number
  readonly opcode: number
  readonly isMasked: boolean
  /** Bytes of the length field behind the second byte. */
  readonly wide: number
  readonly payload: Buffer
  /** As it was on the wire. */
  readonly raw: Buffer
}

/** Takes frames of any size out of bytes that come in any pieces, and judges nothing. */
export class FrameReader {
  #chunks: Buffer[] = []
  #length = 0
  /** Bytes without which nothing more can be told. */
  #needed = 2

  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    const frames: Frame[] = []
    while (this.#length >= this.#needed) {
      const bytes = this.rest
      const { frame, end } = parse(bytes)
      this.#needed = frame === undefined ? end : 2
      if (frame !== undefined) frames.push(frame)
      this.#chunks = [frame === undefined ? bytes : bytes.subarray(end)]
      this.#length = this.#chunks[0]!.length
    }
    return frames
  }

  /** What came of a frame that is not complete. */
  get rest(): Buffer {
    return this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
  }
}

/** @returns without a frame, `end` is how many bytes it takes to tell more. */
function parse(bytes: Buffer): { readonly frame?: Frame; readonly end: number } {
  const [first = 0, second = 0] = bytes
  const isMasked = (second & MASKED) !== 0
  const short = second & 0x7f
  const wide = short === 126 ? 2 : short === 127 ? 8 : 0
  const start = 2 + wide + (isMasked ? MASK_BYTES : 0)
  if (bytes.length < start) return { end: start }
  const length = wide === 2 ? bytes.readUInt16BE(2) : wide === 8 ? Number(bytes.readBigUInt64BE(2)) : short
  const end = start + length
  if (bytes.length < end) return { end }
  const coded = bytes.subarray(start, end)
  const payload = isMasked ? masked(coded, bytes.subarray(start - MASK_BYTES, start)) : coded
  const bits = { fin: (first & FIN) !== 0, rsv: (first >> 4) & 7, opcode: first & 15 }
  return { frame: { ...bits, isMasked, wide, payload, raw: bytes.subarray(0, end) }, end }
}

function masked(bytes: Buffer, mask: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length)
  for (let i = 0; i < bytes.length; i++) out[i] = bytes[i]! ^ mask[i & 3]!
  return out
}
