/**
 * HEADERS and CONTINUATION (RFC 9113 sections 4.3, 6.2 and 6.10): one header block, in one frame or in several that
 * nothing may come between. A block in one frame is decoded where it lies.
 */
import type { Violation } from './errors.ts'
import { FieldBlock } from './field-block.ts'
import type { FrameReader } from './frame-reader.ts'
import { FLAG } from './frames.ts'
import { HpackDecoder } from './hpack/decoder.ts'
import type { ConnectionLimits } from './limits.ts'

const FIRST_BYTES = 4096
const NOTHING = Buffer.alloc(0)
const PRIORITY_BYTES = 5
/**
 * What the block says that was read last, of all connections of this thread: a head is made of it before anybody
 * outside of the codec hears of it, so that nothing else can be decoded meanwhile, and none is made for each request.
 */
const block = new FieldBlock()

/** A block that came whole, whatever becomes of its stream. */
export interface HeaderBlock {
  readonly stream: number
  /** Good until anybody else is called. */
  readonly fields: FieldBlock
  readonly endStream: boolean
  /** The frame made the stream depend on itself. */
  readonly dependsOnItself: boolean
}

export interface HeaderFramesOwner {
  readonly limits: ConnectionLimits
  fail(violation: Violation, detail: string): void
  headerBlock(block: HeaderBlock): void
}

export class HeaderFrames {
  readonly #owner: HeaderFramesOwner
  readonly #decoder = new HpackDecoder()
  readonly #mostBytes: number
  #frames = 0
  #bytes: Buffer = NOTHING
  #length = 0
  #endStream = false
  #dependsOnItself = false
  /** The stream whose block is under way; 0 for none. */
  stream = 0
  /** When the block was first noticed to be under way; -1 before. Monotonic milliseconds. */
  since = -1

  constructor(owner: HeaderFramesOwner) {
    const { head } = owner.limits
    this.#owner = owner
    // Coded text is hardly longer than what it says: some bytes a field for what is in no table.
    this.#mostBytes = head.bytes + 16 * head.fields
  }

  headers({ flags, stream }: FrameReader, bytes: Buffer, start: number, end: number): void {
    const isPadded = (flags & FLAG.padded) !== 0
    const hasPriority = (flags & FLAG.priority) !== 0
    const at = start + (isPadded ? 1 : 0) + (hasPriority ? PRIORITY_BYTES : 0)
    if (at > end) return this.#owner.fail('frame-length', 'HEADERS')
    const stop = isPadded ? end - bytes[start]! : end
    if (at > stop) return this.#owner.fail('bad-padding', 'HEADERS')
    this.#dependsOnItself = hasPriority && (bytes.readUInt32BE(at - PRIORITY_BYTES) & 0x7fffffff) === stream
    this.#endStream = (flags & FLAG.endStream) !== 0
    this.stream = stream
    if ((flags & FLAG.endHeaders) !== 0) this.#decode(bytes, at, stop)
    else this.#collect(bytes, at, stop)
  }

  continuation({ flags }: FrameReader, bytes: Buffer, start: number, end: number): void {
    if (++this.#frames > this.#owner.limits.continuations) return this.#owner.fail('too-many-continuations', '')
    if (!this.#collect(bytes, start, end)) return
    if ((flags & FLAG.endHeaders) !== 0) this.#decode(this.#bytes, 0, this.#length)
  }

  #collect(bytes: Buffer, start: number, end: number): boolean {
    const length = this.#length + end - start
    if (length > this.#mostBytes) {
      this.#owner.fail('block-too-long', '')
      return false
    }
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, length * 2))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    bytes.copy(this.#bytes, this.#length, start, end)
    this.#length = length
    return true
  }

  #decode(bytes: Buffer, start: number, end: number): void {
    const { stream } = this
    const fields = block.begin(this.#owner.limits.head)
    const decoded = this.#decoder.decode(bytes, start, end, fields)
    this.stream = 0
    this.since = -1
    this.#frames = 0
    this.#length = 0
    this.#bytes = NOTHING
    if (!decoded) {
      return this.#owner.fail(fields.isBeyondMeasure ? 'block-too-long' : 'bad-compression', `stream ${stream}`)
    }
    this.#owner.headerBlock({ stream, fields, endStream: this.#endStream, dependsOnItself: this.#dependsOnItself })
  }
}
