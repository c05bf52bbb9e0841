/** What one end of a conversation has seen, in a form that can be compared. */
import { createHash } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { type Frame, FrameReader, OPCODE } from './frames.ts'

/** Payloads up to here are written out. */
const SHOWN_BYTES = 64

/** One frame, all of it: `text 5 masked "hello"`. */
type Line = string

export interface Heard {
  readonly frames: readonly Line[]
  /** What came of a frame that never was complete. */
  readonly rest: string
  /** Of the frames as they were on the wire, their masks included. */
  readonly bytes: number
  readonly hash: string
  /** Whether the other end has ended its half, or broke the connection. */
  readonly ending: 'ended' | 'broken'
}

const NAMES = Object.entries(OPCODE)

function line({ fin, rsv, opcode, isMasked, wide, payload }: Frame): Line {
  const name = NAMES.find(([, number]) => number === opcode)?.[0] ?? `opcode ${opcode}`
  const marks = [fin ? '' : 'unfinished', rsv === 0 ? '' : `rsv ${rsv}`, isMasked ? 'masked' : '', `in ${wide} bytes`]
  return [name, payload.length, ...marks.filter((mark) => mark !== ''), shown(payload)].join(' ')
}

function shown(bytes: Buffer): string {
  return bytes.length <= SHOWN_BYTES ? bytes.toString('hex') : createHash('sha256').update(bytes).digest('hex')
}

/** Reads a stream to its end. */
export class Listener {
  readonly #reader = new FrameReader()
  readonly #lines: Line[] = []
  readonly #hash = createHash('sha256')
  readonly #waiting: { readonly count: number; readonly run: () => void }[] = []
  #bytes = 0
  #isRead = true
  /** Payload of the last close frame. */
  closePayload: Buffer | undefined = undefined
  /** Told of each frame. */
  onFrame: (frame: Frame) => void = () => {}
  /** All that was heard, once the other end has said its last. */
  readonly whole: Promise<Heard>

  /** @param stream paused. @param first bytes that came with the handshake. @param isReset asked once it has ended. */
  constructor(stream: Duplex, first: Buffer, isReset = () => false) {
    const { promise, resolve } = Promise.withResolvers<Heard>()
    this.whole = promise
    const over = (ending: Heard['ending']) => () => {
      for (const { run } of this.#waiting.splice(0)) run()
      resolve(this.#heard(ending))
    }
    // Whatever the caller sets up after this runs before the first byte.
    queueMicrotask(() => {
      if (first.length > 0) this.#take(first)
      stream.on('data', (chunk: Buffer) => this.#take(chunk)).resume()
    })
    stream.on('end', () => over(isReset() ? 'broken' : 'ended')())
    stream.on('error', over('broken'))
    stream.on('close', over('broken'))
    if (stream.destroyed) over('broken')()
  }

  /** Resolves once so many frames have come, or none will come any more. */
  async until(count: number): Promise<void> {
    if (this.#lines.length >= count) return
    await new Promise<void>((run) => this.#waiting.push({ count, run }))
  }

  /** What comes from here on is nobody's concern. */
  ignore(): void {
    this.#isRead = false
  }

  #take(chunk: Buffer): void {
    if (!this.#isRead) return
    for (const frame of this.#reader.push(chunk)) {
      if (!this.#isRead) return
      this.#bytes += frame.raw.length
      this.#hash.update(frame.raw)
      this.#lines.push(line(frame))
      if (frame.opcode === OPCODE.close) this.closePayload = frame.payload
      this.onFrame(frame)
    }
    const ready = this.#waiting.filter(({ count }) => this.#lines.length >= count)
    for (const each of ready) this.#waiting.splice(this.#waiting.indexOf(each), 1)[0]!.run()
  }

  #heard(ending: Heard['ending']): Heard {
    const rest = this.#isRead ? this.#reader.rest : Buffer.alloc(0)
    return {
      frames: [...this.#lines],
      rest: `${rest.length} ${shown(rest)}`,
      bytes: this.#bytes,
      hash: this.#hash.copy().digest('hex'),
      ending,
    }
  }
}
