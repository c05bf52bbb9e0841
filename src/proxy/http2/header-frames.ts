/**
 * HEADERS and CONTINUATION (RFC 9113 sections 4.3, 6.2 and 6.10): one header block, in one frame or in several that
 * nothing may come between. A block in one frame, as nearly all are, is decoded where it lies, and nothing of it is kept.
 */
import type { Violation } from './errors.ts'
import { FieldBlock } from './field-block.ts'
import { FLAG, type FrameHead } from './frames.ts'
import type { HpackDecoder } from './hpack/decoder.ts'
import type { ConnectionLimits } from './limits.ts'

const FIRST_BYTES = 4096
const PRIORITY_BYTES = 5
/**
 * What the block says that was read last, of all connections of this thread: a head is made of it before anybody
 * outside of the codec hears of it, so that nothing else can be decoded meanwhile, and none is made for each request.
 */
const block = new FieldBlock()

/** What a frame says of the block that it begins. */
interface Beginning {
  readonly stream: number
  readonly endStream: boolean
  /** The frame made the stream depend on itself. */
  readonly dependsOnItself: boolean
}

/** A block that came whole, whatever becomes of its stream. */
export interface HeaderBlock extends Beginning {
  /** Good until anybody else is called. */
  readonly fields: FieldBlock
}

export interface HeaderFramesOwner {
  readonly limits: ConnectionLimits
  readonly decoder: HpackDecoder
  /** The block under way; for the functions here to set. */
  openBlock: OpenBlock | undefined
  fail(violation: Violation, detail: string): void
  headerBlock(block: HeaderBlock): void
}

/** A block of which more has to come. */
export class OpenBlock {
  readonly beginning: Beginning
  /** `bytes[0, length)` have come. */
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES)
  length = 0
  continuations = 0
  /** When it was first noticed to be under way; -1 before. Monotonic milliseconds. */
  since = -1

  constructor(beginning: Beginning) {
    this.beginning = beginning
  }

  add(bytes: Buffer, start: number, end: number): void {
    const length = this.length + end - start
    if (length > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(length * 2)
      this.bytes.copy(larger, 0, 0, this.length)
      this.bytes = larger
    }
    bytes.copy(this.bytes, this.length, start, end)
    this.length = length
  }
}

/** The payload of HEADERS. */
export function takeHeaders(
  owner: HeaderFramesOwner,
  { flags, stream }: FrameHead,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const isPadded = (flags & FLAG.padded) !== 0
  const hasPriority = (flags & FLAG.priority) !== 0
  const at = start + (isPadded ? 1 : 0) + (hasPriority ? PRIORITY_BYTES : 0)
  if (at > end) return owner.fail('frame-length', 'HEADERS')
  const stop = isPadded ? end - bytes[start]! : end
  if (at > stop) return owner.fail('bad-padding', 'HEADERS')
  const dependsOnItself = hasPriority && (bytes.readUInt32BE(at - PRIORITY_BYTES) & 0x7fffffff) === stream
  const beginning = { stream, endStream: (flags & FLAG.endStream) !== 0, dependsOnItself }
  if ((flags & FLAG.endHeaders) !== 0) return decode(owner, beginning, bytes, at, stop)
  owner.openBlock = new OpenBlock(beginning)
  collect(owner, owner.openBlock, bytes, at, stop)
}

/** The payload of CONTINUATION, where a block is under way. */
export function takeContinuation(
  owner: HeaderFramesOwner,
  { flags }: FrameHead,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const open = owner.openBlock!
  if (++open.continuations > owner.limits.continuations) return owner.fail('too-many-continuations', '')
  if (!collect(owner, open, bytes, start, end)) return
  if ((flags & FLAG.endHeaders) !== 0) decode(owner, open.beginning, open.bytes, 0, open.length)
}

/** Coded text is hardly longer than what it says: some bytes a field for what is in no table. */
function collect(owner: HeaderFramesOwner, open: OpenBlock, bytes: Buffer, start: number, end: number): boolean {
  const { head } = owner.limits
  if (open.length + end - start > head.bytes + 16 * head.fields) {
    owner.fail('block-too-long', '')
    return false
  }
  open.add(bytes, start, end)
  return true
}

function decode(
  owner: HeaderFramesOwner,
  { stream, endStream, dependsOnItself }: Beginning,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const fields = block.begin(owner.limits.head)
  const decoded = owner.decoder.decode(bytes, start, end, fields)
  owner.openBlock = undefined
  if (!decoded) {
    return owner.fail(fields.isBeyondMeasure ? 'block-too-long' : 'bad-compression', `stream ${stream}`)
  }
  owner.headerBlock({ stream, fields, endStream, dependsOnItself })
}
